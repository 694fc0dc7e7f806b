//! People who can sign in, at VSA and at the `OpenID` Connect provider.

use super::super::call::{Call, Reply};
use super::World;

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// 26 digits, as VSA numbers people.
    pub id: String,
    /// User name, in letters, digits, hyphens and periods.
    pub login: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Names of roles.
    pub roles: Vec<String>,
}

impl Person {
    /// Somebody with one role.
    pub fn new(login: &str, first_name: &str, last_name: &str, role: &str) -> Self {
        let id = login.bytes().fold("38310000217765".to_owned(), |id, byte| id + &format!("{:02}", byte % 100));
        Self {
            id: format!("{id:0<26}").chars().take(26).collect(),
            login: login.to_owned(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            roles: vec![role.to_owned()],
        }
    }
}

impl World {
    /// Adds somebody who can sign in, or changes whoever has this login.
    pub fn put_person(&self, person: Person) {
        let mut state = self.lock();
        state.people.retain(|known| known.login != person.login);
        state.people.push(person);
    }

    /// Removes whoever has this login.
    pub fn remove_person(&self, login: &str) {
        self.lock().people.retain(|known| known.login != login);
    }
}

/// A page that asks who is there; it leads back to the same address with `login`.
pub(in crate::sandbox) fn who_is_there(server: &str, call: &Call, people: &[Person]) -> Reply {
    let target = call.target.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let line = |Person { login, first_name, last_name, roles, .. }: &Person| {
        let roles = roles.join(", ");
        format!("<li><a href=\"{target}&amp;login={login}\">{first_name} {last_name}</a> ({roles})</li>")
    };
    let list: String = people.iter().map(line).collect();
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{server}</title><h1>{server}: who are you?</h1><ul>{list}</ul></html>"
    );
    Reply::text(200, "text/html; charset=utf-8", page)
}
