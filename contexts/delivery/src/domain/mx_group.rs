//! Whose mailboxes: the providers that count and limit what reaches all of their domains together.

use std::fmt;

/// Who runs the mailboxes of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MxGroup {
    /// Gmail and Googlemail.
    Gmail,
    /// Outlook.com, Hotmail, Live, MSN.
    Microsoft,
    /// Yahoo, AOL and what belongs to them.
    Yahoo,
    /// iCloud, me.com, mac.com.
    Apple,
    /// GMX, WEB.DE and mail.com, which are one company.
    UnitedInternet,
    /// T-Online.
    TOnline,
    /// Orange and Wanadoo.
    Orange,
    /// Free.fr.
    Free,
    /// Mail.ru and its domains.
    MailRu,
    /// Yandex.
    Yandex,
    /// QQ and Foxmail.
    Tencent,
    /// 163.com, 126.com, yeah.net.
    NetEase,
    /// Proton.
    Proton,
    /// Comcast, Xfinity.
    Comcast,
    /// All others, which count together.
    Other,
}

impl MxGroup {
    /// All of them.
    pub const ALL: [MxGroup; 15] = [
        MxGroup::Gmail,
        MxGroup::Microsoft,
        MxGroup::Yahoo,
        MxGroup::Apple,
        MxGroup::UnitedInternet,
        MxGroup::TOnline,
        MxGroup::Orange,
        MxGroup::Free,
        MxGroup::MailRu,
        MxGroup::Yandex,
        MxGroup::Tencent,
        MxGroup::NetEase,
        MxGroup::Proton,
        MxGroup::Comcast,
        MxGroup::Other,
    ];

    /// The group of a recipient's domain, in lower case. By name: domains that a company runs at one of
    /// these providers count among the others until their MX is looked up, which nothing does yet.
    #[must_use]
    pub fn of_domain(domain: &str) -> Self {
        if let Some((_, group)) = DOMAINS.iter().find(|(name, _)| *name == domain) {
            return *group;
        }
        let first = domain.split('.').next().unwrap_or_default();
        // hotmail.fr, live.co.uk, yahoo.com.br: one name in many countries.
        match first {
            "hotmail" | "live" | "outlook" | "msn" => MxGroup::Microsoft,
            "yahoo" | "ymail" | "rocketmail" => MxGroup::Yahoo,
            "gmx" => MxGroup::UnitedInternet,
            "yandex" => MxGroup::Yandex,
            _ => MxGroup::Other,
        }
    }

    /// The group of an address.
    #[must_use]
    pub fn of_address(address: &str) -> Self {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        Self::of_domain(&domain.to_ascii_lowercase())
    }

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            MxGroup::Gmail => "gmail",
            MxGroup::Microsoft => "microsoft",
            MxGroup::Yahoo => "yahoo",
            MxGroup::Apple => "apple",
            MxGroup::UnitedInternet => "united_internet",
            MxGroup::TOnline => "t_online",
            MxGroup::Orange => "orange",
            MxGroup::Free => "free",
            MxGroup::MailRu => "mail_ru",
            MxGroup::Yandex => "yandex",
            MxGroup::Tencent => "tencent",
            MxGroup::NetEase => "netease",
            MxGroup::Proton => "proton",
            MxGroup::Comcast => "comcast",
            MxGroup::Other => "other",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.as_str() == word)
    }

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            MxGroup::Gmail => "Gmail",
            MxGroup::Microsoft => "Outlook.com",
            MxGroup::Yahoo => "Yahoo and AOL",
            MxGroup::Apple => "iCloud",
            MxGroup::UnitedInternet => "GMX and WEB.DE",
            MxGroup::TOnline => "T-Online",
            MxGroup::Orange => "Orange",
            MxGroup::Free => "Free",
            MxGroup::MailRu => "Mail.ru",
            MxGroup::Yandex => "Yandex",
            MxGroup::Tencent => "QQ",
            MxGroup::NetEase => "NetEase",
            MxGroup::Proton => "Proton",
            MxGroup::Comcast => "Comcast",
            MxGroup::Other => "Others",
        }
    }
}

impl fmt::Display for MxGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

const DOMAINS: &[(&str, MxGroup)] = &[
    ("gmail.com", MxGroup::Gmail),
    ("googlemail.com", MxGroup::Gmail),
    ("passport.com", MxGroup::Microsoft),
    ("windowslive.com", MxGroup::Microsoft),
    ("aol.com", MxGroup::Yahoo),
    ("aol.de", MxGroup::Yahoo),
    ("aol.fr", MxGroup::Yahoo),
    ("aol.co.uk", MxGroup::Yahoo),
    ("aim.com", MxGroup::Yahoo),
    ("netscape.net", MxGroup::Yahoo),
    ("verizon.net", MxGroup::Yahoo),
    ("att.net", MxGroup::Yahoo),
    ("sbcglobal.net", MxGroup::Yahoo),
    ("bellsouth.net", MxGroup::Yahoo),
    ("icloud.com", MxGroup::Apple),
    ("me.com", MxGroup::Apple),
    ("mac.com", MxGroup::Apple),
    ("web.de", MxGroup::UnitedInternet),
    ("mail.com", MxGroup::UnitedInternet),
    ("email.de", MxGroup::UnitedInternet),
    ("1und1.de", MxGroup::UnitedInternet),
    ("caramail.com", MxGroup::UnitedInternet),
    ("t-online.de", MxGroup::TOnline),
    ("magenta.de", MxGroup::TOnline),
    ("orange.fr", MxGroup::Orange),
    ("wanadoo.fr", MxGroup::Orange),
    ("voila.fr", MxGroup::Orange),
    ("free.fr", MxGroup::Free),
    ("mail.ru", MxGroup::MailRu),
    ("bk.ru", MxGroup::MailRu),
    ("inbox.ru", MxGroup::MailRu),
    ("list.ru", MxGroup::MailRu),
    ("internet.ru", MxGroup::MailRu),
    ("ya.ru", MxGroup::Yandex),
    ("qq.com", MxGroup::Tencent),
    ("vip.qq.com", MxGroup::Tencent),
    ("foxmail.com", MxGroup::Tencent),
    ("163.com", MxGroup::NetEase),
    ("126.com", MxGroup::NetEase),
    ("yeah.net", MxGroup::NetEase),
    ("proton.me", MxGroup::Proton),
    ("protonmail.com", MxGroup::Proton),
    ("protonmail.ch", MxGroup::Proton),
    ("pm.me", MxGroup::Proton),
    ("comcast.net", MxGroup::Comcast),
    ("xfinity.com", MxGroup::Comcast),
];

#[cfg(test)]
mod tests {
    use super::MxGroup;

    #[test]
    fn each_address_belongs_to_whoever_runs_its_mailbox() {
        for (address, group) in [
            ("ann@gmail.com", MxGroup::Gmail),
            ("ann@GoogleMail.com", MxGroup::Gmail),
            ("ann@hotmail.co.uk", MxGroup::Microsoft),
            ("ann@outlook.com", MxGroup::Microsoft),
            ("ann@yahoo.com.br", MxGroup::Yahoo),
            ("ann@aol.com", MxGroup::Yahoo),
            ("ann@me.com", MxGroup::Apple),
            ("ann@gmx.net", MxGroup::UnitedInternet),
            ("ann@web.de", MxGroup::UnitedInternet),
            ("ann@example.com", MxGroup::Other),
            ("ann@gmail.com.evil.example", MxGroup::Other),
            ("ann@livery.example", MxGroup::Other),
            ("+4915112345678", MxGroup::Other),
        ] {
            assert_eq!(MxGroup::of_address(address), group, "{address}");
        }
    }

    #[test]
    fn every_group_is_read_back_from_its_word() {
        for group in MxGroup::ALL {
            assert_eq!(MxGroup::parse(group.as_str()), Some(group));
        }
    }
}
