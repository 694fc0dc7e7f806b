//! What a person may do, from the roles that somebody else gives it.

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Administrator,
    /// Look at everything and change nothing.
    Viewer,
}

impl Role {
    /// As stored and audited.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Viewer => "viewer",
        }
    }
}

/// Which roles of VSA, or of a partner's provider, let in as what; names are compared without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleMap {
    /// Whoever has one of these may do everything.
    pub administrators: Vec<String>,
    /// Whoever has one of these, and none of the others, may look.
    pub viewers: Vec<String>,
}

impl RoleMap {
    /// What somebody with these roles may do; `None` is not let in at all.
    pub fn role_of(&self, held: &[String]) -> Option<Role> {
        let holds_one = |listed: &[String]| listed.iter().any(|known| held.iter().any(|role| is_same(known, role)));
        if holds_one(&self.administrators) {
            Some(Role::Administrator)
        } else {
            holds_one(&self.viewers).then_some(Role::Viewer)
        }
    }

    /// Whether nobody is let in.
    pub fn is_empty(&self) -> bool {
        self.administrators.is_empty() && self.viewers.is_empty()
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_higher_role_counts_and_an_unknown_one_is_none() {
        let map = RoleMap { administrators: list(&["Master"]), viewers: list(&["Read only", "9"]) };
        for (held, role) in [
            (vec!["Master"], Some(Role::Administrator)),
            (vec![" master "], Some(Role::Administrator)),
            (vec!["Read Only", "MASTER"], Some(Role::Administrator)),
            (vec!["read only"], Some(Role::Viewer)),
            (vec!["9"], Some(Role::Viewer)),
            (vec!["Masters", "19", ""], None),
            (vec![], None),
        ] {
            assert_eq!(map.role_of(&list(&held)), role, "{held:?}");
        }
    }

    #[test]
    fn an_empty_map_lets_nobody_in() {
        assert!(RoleMap::default().is_empty());
        assert_eq!(RoleMap::default().role_of(&list(&["", "Master"])), None);
    }
}
