//! What is pasted into sites and programs to send events.

use contracts::crm::events::{MAUTIC_SNIPPET, SNIPPET};

use crate::domain::source::Source;

/// One way to send, with the key of its message.
pub struct Snippet {
    pub title: &'static str,
    pub code: String,
}

/// The ways that suit a source, the likeliest first.
pub fn snippets(source: &Source, base: &str) -> Vec<Snippet> {
    use crate::domain::source::SourceKind::{Mautic, Mobile, Server, Website};
    match source.settings.kind {
        Website => vec![
            html(source, base),
            segment_browser(source, base),
            curl(source, base),
        ],
        Server => vec![segment_node(source, base), curl(source, base)],
        Mobile => vec![parcelvoy(source, base), curl(source, base)],
        Mautic => vec![mautic(source, base), curl(source, base)],
    }
}

fn html(source: &Source, base: &str) -> Snippet {
    let (key, path) = (&source.write_key, SNIPPET.url());
    let consent = if source.settings.consent_required {
        " data-consent=\"required\""
    } else {
        ""
    };
    let agree = if source.settings.consent_required {
        "\n<!-- When the visitor agrees: mauntic('consent', true) -->"
    } else {
        ""
    };
    Snippet {
        title: "crm-source-snippet-html",
        code: format!(
            "<script>window.mauntic=window.mauntic||function(){{(mauntic.q=mauntic.q||[]).push(arguments)}}</script>\n\
             <script async src=\"{base}{path}\" data-key=\"{key}\"{consent}></script>{agree}"
        ),
    }
}

fn segment_browser(source: &Source, base: &str) -> Snippet {
    let (key, host) = (
        &source.write_key,
        base.split_once("://").map_or(base, |(_, host)| host),
    );
    let protocol = base.split_once("://").map_or("https", |(protocol, _)| protocol);
    Snippet {
        title: "crm-source-snippet-browser",
        code: format!(
            "import {{ AnalyticsBrowser }} from '@segment/analytics-next'\n\n\
             const analytics = AnalyticsBrowser.load(\n  {{ writeKey: '{key}', cdnURL: '{base}' }},\n  \
             {{ integrations: {{ 'Segment.io': {{ apiHost: '{host}/v1', protocol: '{protocol}' }} }} }},\n)"
        ),
    }
}

fn segment_node(source: &Source, base: &str) -> Snippet {
    let key = &source.write_key;
    Snippet {
        title: "crm-source-snippet-node",
        code: format!(
            "import {{ Analytics }} from '@segment/analytics-node'\n\n\
             const analytics = new Analytics({{ writeKey: '{key}', host: '{base}' }})\n\
             analytics.track({{ userId: '42', event: 'Order Completed', properties: {{ total: 9.5 }} }})"
        ),
    }
}

fn curl(source: &Source, base: &str) -> Snippet {
    let key = &source.write_key;
    Snippet {
        title: "crm-source-snippet-curl",
        code: format!(
            "curl {base}/v1/track -u '{key}:' -H 'X-Strict-Mode: 1' \\\n  \
             --json '{{\"userId\": \"42\", \"event\": \"Order Completed\", \"properties\": {{\"total\": 9.5}}}}'"
        ),
    }
}

fn parcelvoy(source: &Source, base: &str) -> Snippet {
    let key = &source.write_key;
    Snippet {
        title: "crm-source-snippet-parcelvoy",
        code: format!(
            "curl {base}/api/client/devices -H 'Authorization: Bearer {key}' \\\n  \
             --json '{{\"external_id\": \"42\", \"device_id\": \"phone-1\", \"token\": \"…\", \"os\": \"ios\", \
             \"model\": \"iPhone\", \"app_build\": \"7\", \"app_version\": \"1.4\"}}'"
        ),
    }
}

fn mautic(source: &Source, base: &str) -> Snippet {
    let (key, path) = (&source.write_key, MAUTIC_SNIPPET.url());
    Snippet {
        title: "crm-source-snippet-mautic",
        code: format!(
            "<script>\n(function(w,d,t,u,n,a,m){{w['MauticTrackingObject']=n;\n\
             w[n]=w[n]||function(){{(w[n].q=w[n].q||[]).push(arguments)}},a=d.createElement(t),\n\
             m=d.getElementsByTagName(t)[0];a.async=1;a.src=u;m.parentNode.insertBefore(a,m)\n\
             }})(window,document,'script','{base}{path}?key={key}','mt');\nmt('send', 'pageview');\n</script>"
        ),
    }
}
