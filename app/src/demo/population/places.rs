//! Where people live and what companies are called there.

use super::names::{self, Names};

/// A country as far as the demonstration knows it.
pub struct Country {
    pub name: &'static str,
    /// How many live there, beside the others.
    pub weight: u32,
    pub names: &'static Names,
    /// Language tags, with commas between them; the usual one stands several times.
    pub locales: &'static str,
    /// In front of phone numbers.
    pub dialling: &'static str,
    pub cities: &'static [City],
    /// What companies are called: `{name}` becomes a family name, `{city}` the city.
    pub companies: &'static str,
}

/// A city and its clock.
pub struct City {
    pub name: &'static str,
    pub timezone: &'static str,
}

const fn city(name: &'static str, timezone: &'static str) -> City {
    City { name, timezone }
}

/// All of them.
pub const COUNTRIES: &[Country] = &[
    Country {
        name: "United Kingdom",
        weight: 150,
        names: &names::ENGLISH,
        locales: "en-GB",
        dialling: "+44",
        cities: &[
            city("London", LONDON),
            city("Manchester", LONDON),
            city("Bristol", LONDON),
            city("Leeds", LONDON),
            city("Glasgow", LONDON),
            city("Cardiff", LONDON),
        ],
        companies: "{name} & Sons, {city} Coffee House, {name} Dental Practice, The {name} Bakery, {city} Care \
                    Group, {name} Joinery, {city} Veterinary Centre, {name} Hotels, {city} Leisure",
    },
    Country {
        name: "United States",
        weight: 140,
        names: &names::AMERICAN,
        locales: "en-US, en-US, en-US, en-US, es-US",
        dialling: "+1",
        cities: &[
            city("New York", "America/New_York"),
            city("Atlanta", "America/New_York"),
            city("Chicago", "America/Chicago"),
            city("Austin", "America/Chicago"),
            city("Denver", "America/Denver"),
            city("Portland", "America/Los_Angeles"),
            city("San Diego", "America/Los_Angeles"),
        ],
        companies: "{name} Family Dental, {city} Roasters, {name} & Partners, {city} Urgent Care, {name} \
                    Hospitality, {city} Fitness Club, {name} Hardware, {city} Pet Clinic, {name} Catering",
    },
    Country {
        name: "Germany",
        weight: 160,
        names: &names::GERMAN,
        locales: "de-DE",
        dialling: "+49",
        cities: &[
            city("Berlin", BERLIN),
            city("Hamburg", BERLIN),
            city("München", BERLIN),
            city("Köln", BERLIN),
            city("Leipzig", BERLIN),
            city("Nürnberg", BERLIN),
        ],
        companies: "Bäckerei {name}, {name} Logistik, Praxis Dr. {name}, Hotel {name}, Pflegedienst {city}, \
                    Autohaus {name}, {name} Gebäudetechnik, Physiotherapie {city}, Gasthof {name}",
    },
    Country {
        name: "Austria",
        weight: 35,
        names: &names::GERMAN,
        locales: "de-AT",
        dialling: "+43",
        cities: &[
            city("Wien", "Europe/Vienna"),
            city("Graz", "Europe/Vienna"),
            city("Linz", "Europe/Vienna"),
        ],
        companies: "Café {name}, Konditorei {name}, {name} Installationen, Hotel {city}, Ordination Dr. {name}",
    },
    Country {
        name: "Switzerland",
        weight: 35,
        names: &names::GERMAN,
        locales: "de-CH, de-CH, fr-CH, it-CH",
        dialling: "+41",
        cities: &[
            city("Zürich", "Europe/Zurich"),
            city("Bern", "Europe/Zurich"),
            city("Genève", "Europe/Zurich"),
        ],
        companies: "{name} Treuhand, Spitex {city}, {name} Uhren, Hotel {city}, Bäckerei {name}",
    },
    Country {
        name: "France",
        weight: 80,
        names: &names::FRENCH,
        locales: "fr-FR",
        dialling: "+33",
        cities: &[
            city("Paris", PARIS),
            city("Lyon", PARIS),
            city("Nantes", PARIS),
            city("Marseille", PARIS),
            city("Besançon", PARIS),
        ],
        companies: "Boulangerie {name}, Clinique {city}, Hôtel {name}, {name} Frères, Pharmacie {name}, Café de \
                    {city}, Transports {name}",
    },
    Country {
        name: "Spain",
        weight: 60,
        names: &names::SPANISH,
        locales: "es-ES, es-ES, es-ES, ca-ES",
        dialling: "+34",
        cities: &[
            city("Madrid", MADRID),
            city("Barcelona", MADRID),
            city("Sevilla", MADRID),
            city("Málaga", MADRID),
        ],
        companies: "Clínica {name}, Hotel {city}, Panadería {name}, Talleres {name}, Gimnasio {city}, {name} e Hijos",
    },
    Country {
        name: "Italy",
        weight: 50,
        names: &names::ITALIAN,
        locales: "it-IT",
        dialling: "+39",
        cities: &[
            city("Milano", ROME),
            city("Roma", ROME),
            city("Bologna", ROME),
            city("Torino", ROME),
        ],
        companies: "Trattoria {name}, Albergo {name}, Studio {name}, Farmacia {name}, Officina {name}, Palestra {city}",
    },
    Country {
        name: "Portugal",
        weight: 25,
        names: &names::PORTUGUESE,
        locales: "pt-PT",
        dialling: "+351",
        cities: &[
            city("Lisboa", "Europe/Lisbon"),
            city("Porto", "Europe/Lisbon"),
            city("Évora", "Europe/Lisbon"),
        ],
        companies: "Padaria {name}, Clínica {city}, Hotel {name}, {name} & Filhos, Farmácia {name}",
    },
    Country {
        name: "Netherlands",
        weight: 55,
        names: &names::DUTCH,
        locales: "nl-NL",
        dialling: "+31",
        cities: &[
            city("Amsterdam", AMSTERDAM),
            city("Utrecht", AMSTERDAM),
            city("Rotterdam", AMSTERDAM),
        ],
        companies: "Bakkerij {name}, Tandartspraktijk {city}, {name} Transport, Brasserie {name}, Thuiszorg {city}",
    },
    Country {
        name: "Belgium",
        weight: 25,
        names: &names::DUTCH,
        locales: "nl-BE, nl-BE, fr-BE",
        dialling: "+32",
        cities: &[
            city("Antwerpen", "Europe/Brussels"),
            city("Gent", "Europe/Brussels"),
            city("Liège", "Europe/Brussels"),
        ],
        companies: "Brouwerij {name}, Apotheek {name}, {name} Bouw, Hotel {city}",
    },
    Country {
        name: "Ireland",
        weight: 30,
        names: &names::IRISH,
        locales: "en-IE, en-IE, en-IE, ga-IE",
        dialling: "+353",
        cities: &[
            city("Dublin", "Europe/Dublin"),
            city("Cork", "Europe/Dublin"),
            city("Galway", "Europe/Dublin"),
        ],
        companies: "{name}'s Bar, {city} Nursing Home, {name} Pharmacy, {city} Bay Hotel, {name} Haulage",
    },
    Country {
        name: "Sweden",
        weight: 35,
        names: &names::NORDIC,
        locales: "sv-SE",
        dialling: "+46",
        cities: &[
            city("Stockholm", "Europe/Stockholm"),
            city("Göteborg", "Europe/Stockholm"),
            city("Malmö", "Europe/Stockholm"),
        ],
        companies: "{name} Bygg, Bageri {name}, {city} Tandvård, {name} Åkeri, Hotell {city}",
    },
    Country {
        name: "Norway",
        weight: 22,
        names: &names::NORDIC,
        locales: "nb-NO",
        dialling: "+47",
        cities: &[
            city("Oslo", "Europe/Oslo"),
            city("Bergen", "Europe/Oslo"),
            city("Tromsø", "Europe/Oslo"),
        ],
        companies: "{name} Rør, {city} Legesenter, Bakeri {name}, {name} Hotell",
    },
    Country {
        name: "Denmark",
        weight: 24,
        names: &names::NORDIC,
        locales: "da-DK",
        dialling: "+45",
        cities: &[
            city("København", "Europe/Copenhagen"),
            city("Aarhus", "Europe/Copenhagen"),
        ],
        companies: "{name} Bageri, {city} Tandklinik, {name} Byg, Café {name}",
    },
    Country {
        name: "Finland",
        weight: 18,
        names: &names::FINNISH,
        locales: "fi-FI, fi-FI, fi-FI, sv-FI",
        dialling: "+358",
        cities: &[
            city("Helsinki", "Europe/Helsinki"),
            city("Tampere", "Europe/Helsinki"),
        ],
        companies: "{name} Leipomo, {city} Hammaslääkärit, {name} Rakennus",
    },
    Country {
        name: "Poland",
        weight: 40,
        names: &names::POLISH,
        locales: "pl-PL",
        dialling: "+48",
        cities: &[
            city("Warszawa", "Europe/Warsaw"),
            city("Kraków", "Europe/Warsaw"),
            city("Wrocław", "Europe/Warsaw"),
        ],
        companies: "Piekarnia {name}, Przychodnia {city}, {name} Transport, Hotel {name}",
    },
    Country {
        name: "Ukraine",
        weight: 14,
        names: &names::UKRAINIAN,
        locales: "uk-UA",
        dialling: "+380",
        cities: &[city("Kyiv", "Europe/Kyiv"), city("Lviv", "Europe/Kyiv")],
        companies: "{name} Coffee, {city} Clinic, {name} Logistics",
    },
    Country {
        name: "Greece",
        weight: 14,
        names: &names::GREEK,
        locales: "el-GR",
        dialling: "+30",
        cities: &[
            city("Athens", "Europe/Athens"),
            city("Thessaloniki", "Europe/Athens"),
        ],
        companies: "{name} Hotels, Taverna {name}, {city} Dental",
    },
    Country {
        name: "Türkiye",
        weight: 16,
        names: &names::TURKISH,
        locales: "tr-TR",
        dialling: "+90",
        cities: &[
            city("İstanbul", "Europe/Istanbul"),
            city("İzmir", "Europe/Istanbul"),
        ],
        companies: "{name} Otel, {name} Lojistik, {city} Klinik",
    },
    Country {
        name: "Canada",
        weight: 45,
        names: &names::AMERICAN,
        locales: "en-CA, en-CA, en-CA, fr-CA",
        dialling: "+1",
        cities: &[
            city("Toronto", "America/Toronto"),
            city("Montréal", "America/Toronto"),
            city("Calgary", "America/Edmonton"),
            city("Vancouver", "America/Vancouver"),
        ],
        companies: "{name} Home Care, {city} Bagels, {name} Outfitters, {city} Physio, {name} & Daughters",
    },
    Country {
        name: "Brazil",
        weight: 35,
        names: &names::PORTUGUESE,
        locales: "pt-BR",
        dialling: "+55",
        cities: &[
            city("São Paulo", "America/Sao_Paulo"),
            city("Recife", "America/Recife"),
            city("Curitiba", "America/Sao_Paulo"),
        ],
        companies: "Padaria {name}, Clínica {name}, Academia {city}, {name} Transportes, Pousada {name}",
    },
    Country {
        name: "Mexico",
        weight: 24,
        names: &names::SPANISH,
        locales: "es-MX",
        dialling: "+52",
        cities: &[
            city("Ciudad de México", "America/Mexico_City"),
            city("Guadalajara", "America/Mexico_City"),
            city("Tijuana", "America/Tijuana"),
        ],
        companies: "Taquería {name}, Consultorio {name}, Hotel {city}, {name} Hermanos",
    },
    Country {
        name: "India",
        weight: 45,
        names: &names::INDIAN,
        locales: "en-IN, en-IN, hi-IN",
        dialling: "+91",
        cities: &[
            city("Mumbai", "Asia/Kolkata"),
            city("Bengaluru", "Asia/Kolkata"),
            city("Chennai", "Asia/Kolkata"),
        ],
        companies: "{name} Diagnostics, {city} Sweets, {name} Textiles, {city} Dental Care, {name} & Co",
    },
    Country {
        name: "Japan",
        weight: 20,
        names: &names::JAPANESE,
        locales: "ja-JP",
        dialling: "+81",
        cities: &[city("Tokyo", "Asia/Tokyo"), city("Osaka", "Asia/Tokyo")],
        companies: "{name} Clinic, {city} Bakery, Ryokan {name}",
    },
    Country {
        name: "South Korea",
        weight: 12,
        names: &names::KOREAN,
        locales: "ko-KR",
        dialling: "+82",
        cities: &[city("Seoul", "Asia/Seoul"), city("Busan", "Asia/Seoul")],
        companies: "{name} Dental, {city} Coffee, {name} Studio",
    },
    Country {
        name: "Australia",
        weight: 40,
        names: &names::ENGLISH,
        locales: "en-AU",
        dialling: "+61",
        cities: &[
            city("Sydney", "Australia/Sydney"),
            city("Melbourne", "Australia/Melbourne"),
            city("Perth", "Australia/Perth"),
        ],
        companies: "{name} Aged Care, {city} Espresso, {name} Earthmoving, {city} Vet Hospital",
    },
    Country {
        name: "New Zealand",
        weight: 16,
        names: &names::ENGLISH,
        locales: "en-NZ",
        dialling: "+64",
        cities: &[
            city("Auckland", "Pacific/Auckland"),
            city("Wellington", "Pacific/Auckland"),
        ],
        companies: "{name} Orchards, {city} Coffee Supply, {name} Lodge",
    },
    Country {
        name: "South Africa",
        weight: 18,
        names: &names::AFRICAN,
        locales: "en-ZA",
        dialling: "+27",
        cities: &[
            city("Cape Town", "Africa/Johannesburg"),
            city("Durban", "Africa/Johannesburg"),
        ],
        companies: "{name} Wines, {city} Medical Centre, {name} Guest House",
    },
    Country {
        name: "Kenya",
        weight: 10,
        names: &names::AFRICAN,
        locales: "en-KE, sw-KE",
        dialling: "+254",
        cities: &[
            city("Nairobi", "Africa/Nairobi"),
            city("Mombasa", "Africa/Nairobi"),
        ],
        companies: "{name} Safaris, {city} Tea Company, {name} Pharmacy",
    },
    Country {
        name: "Nigeria",
        weight: 12,
        names: &names::AFRICAN,
        locales: "en-NG",
        dialling: "+234",
        cities: &[city("Lagos", "Africa/Lagos"), city("Abuja", "Africa/Lagos")],
        companies: "{name} Foods, {city} Specialist Clinic, {name} Logistics",
    },
];

const LONDON: &str = "Europe/London";
const BERLIN: &str = "Europe/Berlin";
const PARIS: &str = "Europe/Paris";
const MADRID: &str = "Europe/Madrid";
const ROME: &str = "Europe/Rome";
const AMSTERDAM: &str = "Europe/Amsterdam";
