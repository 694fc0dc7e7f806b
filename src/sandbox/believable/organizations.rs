//! The organizations of the believable world, and their agents.

use super::super::world::{Contact, Organization, Staff, World};

/// Ordinary organizations: name, city, state, country, agents.
const ORDINARY: [(&str, &str, &str, &str, u64); 34] = [
    ("Harbour Dental Group", "Poole", "Dorset", "GB", 42),
    ("Nordic Sample AB", "Gothenburg", "Vastra Gotaland", "SE", 18),
    ("Alder & Finch Architects", "Bristol", "Avon", "GB", 23),
    ("Bluebird Nursery", "Leeds", "West Yorkshire", "GB", 6),
    ("Copperfield Logistics Ltd", "Hull", "East Yorkshire", "GB", 88),
    ("Dunmore Veterinary Clinic", "Cork", "Munster", "IE", 9),
    ("Eastgate Solicitors LLP", "Chester", "Cheshire", "GB", 31),
    ("Fairview Primary School", "Exeter", "Devon", "GB", 120),
    ("Greenfield Garden Centre", "Norwich", "Norfolk", "GB", 8),
    ("Hollis Engineering", "Derby", "Derbyshire", "GB", 54),
    ("Ivybridge Accountants", "Plymouth", "Devon", "GB", 14),
    ("Juniper Hotels", "Brighton", "East Sussex", "GB", 37),
    ("Kingsway Motors", "Luton", "Bedfordshire", "GB", 26),
    ("Larkspur Media", "London", "Greater London", "GB", 19),
    ("Meridian Freight BV", "Rotterdam", "South Holland", "NL", 61),
    ("Northwind Traders Inc.", "Portland", "OR", "US", 77),
    ("Oakleaf Property", "Reading", "Berkshire", "GB", 12),
    ("Pinecrest Farms LLC", "Fresno", "CA", "US", 11),
    ("Quayside Fisheries", "Grimsby", "Lincolnshire", "GB", 7),
    ("Redwood Physio", "Bath", "Somerset", "GB", 5),
    ("Silverline Coaches", "Cardiff", "Wales", "GB", 28),
    ("Thornbury Bakery", "York", "North Yorkshire", "GB", 4),
    ("Umbra Lighting", "Hamburg", "Hamburg", "DE", 22),
    ("Valley Print Works", "Swansea", "Wales", "GB", 16),
    ("Westbrook Church", "Truro", "Cornwall", "GB", 3),
    ("Xenon Labs", "Cambridge", "Cambridgeshire", "GB", 49),
    ("Yellow Door Charity", "Belfast", "Antrim", "GB", 13),
    ("Zephyr Wind Energy", "Aberdeen", "Scotland", "GB", 58),
    ("Acorn Letting Agency", "Oxford", "Oxfordshire", "GB", 10),
    ("Beacon Insurance Brokers", "Lincoln", "Lincolnshire", "GB", 33),
    ("Cedar House Care Home", "Carlisle", "Cumbria", "GB", 21),
    ("Delta Scaffolding", "Preston", "Lancashire", "GB", 9),
    ("Elmwood Golf Club", "Perth", "Scotland", "GB", 8),
    ("Foundry Lane Brewery", "Southampton", "Hampshire", "GB", 15),
];

/// Adds all of them.
pub(super) fn add(world: &World) {
    add_built_in(world);
    for (name, city, state, country, agents) in ORDINARY {
        let organization = Organization::complete(name);
        let contact = Contact { email: organization.contact.email.clone(), ..Contact::at(city, state, country) };
        let id = world.add_organization(Organization { contact, ..organization });
        add_mixed_agents(world, &id, agents);
    }
    add_families(world);
    add_odd_names(world);
    add_gaps(world);
    add_strays(world);
}

/// They exist on every server and are nobody's customers. myOrg may have another name.
fn add_built_in(world: &World) {
    for (name, reference, agents) in [("Sample MSP", "myOrg", 25), ("Kserver", "kserver", 2), ("Unnamed", "unnamed", 4)]
    {
        let organization = Organization { reference: reference.to_owned(), ..Organization::named(name) };
        let id = world.add_organization(organization);
        world.add_agents(&id, agents, 1);
    }
}

/// Most machines are on, some off; one in thirty is suspended; one template does not count.
fn add_mixed_agents(world: &World, id: &str, agents: u64) {
    let off = agents / 5;
    let suspended = agents / 30;
    let used = agents / 3;
    world.add_agents(id, off, 0);
    world.add_agents(id, suspended, 198);
    world.add_agents(id, used, 2);
    world.add_agents(id, agents - off - suspended - used, 1);
    if agents > 40 {
        world.add_agents(id, 1, 199);
    }
}

/// A parent with children, and two organizations with one name.
fn add_families(world: &World) {
    let parent = world.add_organization(Organization::complete("Castle Retail Group"));
    world.add_agents(&parent, 12, 1);
    for (name, agents) in [("Castle Retail North", 30), ("Castle Retail South", 27), ("Castle Retail Online", 0)] {
        let child = Organization { parent: Some(parent.clone()), ..Organization::complete(name) };
        let id = world.add_organization(child);
        world.add_agents(&id, agents, 1);
    }
    for (city, state, agents) in [("Dover", "Kent", 9), ("Durham", "County Durham", 14)] {
        let twin = Organization::complete("Smith & Sons");
        let contact = Contact { email: twin.contact.email.clone(), ..Contact::at(city, state, "GB") };
        let id = world.add_organization(Organization { contact, ..twin });
        world.add_agents(&id, agents, 1);
    }
}

/// Names that show whether text is treated as text.
fn add_odd_names(world: &World) {
    let long = format!("{}{}", "The Worshipful Company of Very Long Names and Associates ".repeat(2), "x".repeat(15));
    let odd = [
        ("O'Brien's Bar", 5),
        ("\"Quoted\" & <b>Bold</b> Ltd", 6),
        ("Café Zoë Müller GmbH", 7),
        ("Škoda Čeština s.r.o.", 8),
        ("شركة النور للتجارة", 11),
        ("מרפאת השלום", 9),
        ("株式会社サンプル", 17),
        ("  Spaced   Out  Ltd ", 4),
        ("=SUM(A1:A9) Consulting", 3),
        (long.as_str(), 20),
    ];
    for (name, agents) in odd {
        let id = world.add_organization(Organization::complete(name));
        world.add_agents(&id, agents, 1);
    }
}

/// What is missing, or would be refused by LMP.
fn add_gaps(world: &World) {
    let add = |organization: Organization, agents, online| {
        let id = world.add_organization(organization);
        world.add_agents(&id, agents, online);
    };
    let place = Contact::at("Ipswich", "Suffolk", "GB");
    add(
        Organization {
            staff: vec![Staff::named("Rhys Price", "rhys@staffonly.example"), Staff::named("Mo Khan", "")],
            contact: place.clone(),
            ..Organization::named("Staff Only Surgery")
        },
        13,
        1,
    );
    add(Organization { staff: vec![Staff::named("Cher", "")], ..Organization::named("Single Name Studio") }, 5, 11);
    add(Organization::named("Nobody Known Holdings"), 8, 12);
    let plus = Contact { email: Some("it+vsa@plusaddress.example".to_owned()), ..place.clone() };
    add(Organization { contact: plus, ..Organization::complete("Plus Address Partners") }, 6, 2);
    let in_words = Contact { country: Some("United Kingdom".to_owned()), ..place.clone() };
    add(Organization { contact: in_words, ..Organization::complete("Country In Words Ltd") }, 7, 1);
    let no_city = Contact { city: None, ..place.clone() };
    add(Organization { contact: no_city, ..Organization::complete("No City Cleaning") }, 10, 1);
    let blank = Contact { city: Some("  ".to_owned()), state: None, ..place };
    add(Organization { contact: blank, ..Organization::complete("Blank City Builders") }, 12, 1);
    add(Organization::complete("No Agents Yet Ltd"), 0, 1);
    add(Organization::complete("Templates Only Ltd"), 3, 199);
    add(Organization::complete("Everything Off Ltd"), 9, 0);
    add(Organization { employees: 1100, ..Organization::complete("Grand Regional Hospital Trust") }, 900, 1);
}

/// Agents of organizations that the user's scope does not reach.
fn add_strays(world: &World) {
    let hidden = Organization { out_of_scope: true, ..Organization::complete("Out Of Scope Ltd") };
    let id = world.add_organization(hidden);
    world.add_agents(&id, 3, 1);
    world.add_agents("99999999999999999999999999", 2, 0);
}
