//! Names of companies, people and agents that exist nowhere.

use super::dice::Dice;

pub const ROOTS: [&str; 80] = [
    "Alder",
    "Amber",
    "Anchor",
    "Arbor",
    "Ashford",
    "Aster",
    "Atlas",
    "Aurora",
    "Balsam",
    "Basalt",
    "Beacon",
    "Birch",
    "Bluestone",
    "Bramble",
    "Brightwater",
    "Calder",
    "Canyon",
    "Cardinal",
    "Cedar",
    "Cinder",
    "Clearfield",
    "Cobalt",
    "Compass",
    "Copper",
    "Coral",
    "Crescent",
    "Crown",
    "Delphi",
    "Driftwood",
    "Eastgate",
    "Ebony",
    "Eldon",
    "Ember",
    "Fairview",
    "Falcon",
    "Fernhill",
    "Flint",
    "Foxglove",
    "Garnet",
    "Glacier",
    "Granite",
    "Greenway",
    "Halcyon",
    "Harbor",
    "Hawthorn",
    "Hazel",
    "Helios",
    "Heron",
    "Highland",
    "Indigo",
    "Ironwood",
    "Ivory",
    "Jasper",
    "Juniper",
    "Kestrel",
    "Kingsley",
    "Larch",
    "Lumen",
    "Lyric",
    "Maple",
    "Meridian",
    "Mistral",
    "Northgate",
    "Oakridge",
    "Obsidian",
    "Onyx",
    "Orchard",
    "Osprey",
    "Pinecrest",
    "Quarry",
    "Redwood",
    "Rowan",
    "Saffron",
    "Sierra",
    "Solstice",
    "Sterling",
    "Tamarack",
    "Thistle",
    "Westbrook",
    "Zephyr",
];

pub const TRADES: [&str; 24] = [
    "Analytics",
    "Logistics",
    "Health",
    "Software",
    "Energy",
    "Robotics",
    "Foods",
    "Retail",
    "Media",
    "Insurance",
    "Consulting",
    "Capital",
    "Labs",
    "Travel",
    "Education",
    "Design",
    "Motors",
    "Biotech",
    "Textiles",
    "Freight",
    "Legal",
    "Studios",
    "Farms",
    "Security",
];

pub const PLACES: [&str; 64] = [
    "Aarhus", "Accra", "Antwerp", "Austin", "Basel", "Bergen", "Bilbao", "Bogota", "Boston", "Bremen", "Brno", "Calgary", "Cork", "Dakar",
    "Delft", "Denver", "Dresden", "Dublin", "Espoo", "Galway", "Geneva", "Ghent", "Graz", "Halifax", "Hanoi", "Jaipur", "Kigali", "Krakow",
    "Kyoto", "Lagos", "Leeds", "Leiden", "Lima", "Linz", "Lisbon", "Lyon", "Malmo", "Manila", "Mumbai", "Nairobi", "Nantes", "Odense",
    "Osaka", "Oslo", "Ottawa", "Perth", "Porto", "Prague", "Quito", "Riga", "Sapporo", "Seoul", "Seville", "Tampere", "Tartu", "Tokyo",
    "Toronto", "Trieste", "Turin", "Utrecht", "Vienna", "Vilnius", "Warsaw", "Zagreb",
];

const FIRST: [&str; 48] = [
    "Aisha", "Alice", "Amir", "Anna", "Arjun", "Bruno", "Carla", "Chen", "Clara", "Daniel", "Diego", "Elena", "Emma", "Farah", "Felix",
    "Grace", "Hana", "Henrik", "Ines", "Ivan", "Jonas", "Julia", "Kofi", "Lars", "Laura", "Leila", "Luca", "Maria", "Mateo", "Mei", "Mina",
    "Nadia", "Nils", "Noah", "Nora", "Omar", "Paula", "Priya", "Rafael", "Rosa", "Samir", "Sofia", "Tariq", "Thea", "Tomas", "Wei", "Yara",
    "Zoe",
];

const LAST: [&str; 47] = [
    "Abebe", "Almeida", "Andersen", "Bauer", "Becker", "Carvalho", "Costa", "Diaz", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad",
    "Hansen", "Hoffman", "Ibrahim", "Ivanov", "Jansen", "Kaya", "Keller", "Kim", "Kowalski", "Kumar", "Lambert", "Larsen", "Lindgren",
    "Lopez", "Mbeki", "Meyer", "Moreau", "Nakamura", "Novak", "Okafor", "Olsen", "Patel", "Popescu", "Rahman", "Rossi", "Sato", "Schmidt",
    "Silva", "Tanaka", "Torres", "Virtanen", "Weber", "Yilmaz", "Zhang",
];

/// The `nth` person of a tenant: nobody twice among the first two thousand.
pub fn person(seed: &Dice, nth: usize) -> (&'static str, &'static str) {
    let start = seed.clone().index(FIRST.len() * LAST.len());
    // 61 shares no factor with 48 * 47, so that the walk meets everybody before it meets anybody again.
    let at = (start + nth * 61) % (FIRST.len() * LAST.len());
    (FIRST[at % FIRST.len()], LAST[at / FIRST.len()])
}

/// What an agent is for, and in which department.
pub const JOBS: [(&str, &str); 24] = [
    ("Customer Support", "Support"),
    ("Code Reviewer", "Engineering"),
    ("Data Analyst", "Analytics"),
    ("Email Assistant", "Operations"),
    ("Research Bot", "Research"),
    ("Sales Assistant", "Sales"),
    ("Invoice Reader", "Finance"),
    ("Contract Checker", "Legal"),
    ("Meeting Notes", "Operations"),
    ("Onboarding Guide", "People"),
    ("Release Notes", "Engineering"),
    ("Ticket Triage", "Support"),
    ("Lead Scorer", "Sales"),
    ("Translator", "Operations"),
    ("Test Writer", "Engineering"),
    ("Incident Helper", "Engineering"),
    ("Survey Reader", "Research"),
    ("Campaign Writer", "Marketing"),
    ("Price Watcher", "Sales"),
    ("Expense Auditor", "Finance"),
    ("Policy Librarian", "Legal"),
    ("Candidate Screener", "People"),
    ("Forecaster", "Analytics"),
    ("Knowledge Curator", "Support"),
];

pub const REGIONS: [&str; 8] = ["EMEA", "Americas", "APAC", "DACH", "Nordics", "Iberia", "Benelux", "UK"];

pub const MODELS: [&str; 4] = ["claude-sonnet-4-5", "claude-opus-4-6", "claude-haiku-4-5", "gpt-4o"];

pub const ACCENTS: [&str; 8] = ["#3b5bdb", "#0b7285", "#2b8a3e", "#a61e4d", "#862e9c", "#5f3dc4", "#c92a2a", "#1864ab"];

/// Where a department's cost is booked.
pub fn cost_center(department: &str) -> &'static str {
    match department {
        "Support" => "CC-1100",
        "Engineering" => "CC-2100",
        "Analytics" => "CC-2300",
        "Research" => "CC-2500",
        "Sales" => "CC-3100",
        "Marketing" => "CC-3200",
        "Finance" => "CC-4100",
        "Legal" => "CC-4200",
        "People" => "CC-4300",
        _ => "CC-5100",
    }
}
