//! Faults on demand: what goes wrong, and when.

use super::call::Api;
use super::chance::Chance;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What goes wrong with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The request takes effect only after this long, whether or not the client still waits.
    Delay(Duration),
    /// The request takes effect at once; the answer comes only after this long.
    DelayAnswer(Duration),
    /// This status, and nothing was done.
    StatusBefore(u16),
    /// This status, although it was done.
    StatusAfter(u16),
    /// The connection ends without an answer, and nothing was done.
    DropBefore,
    /// The connection ends without an answer, although it was done.
    DropAfter,
    /// HTTP 200 with this status in the body of a VSA answer that calls itself OK; the other APIs answer it plainly.
    /// Nothing was done.
    StatusInBody(u16),
    /// 401 as the API words it; nothing was done.
    Unauthorized,
    /// 403 as the API words it; nothing was done.
    Forbidden,
    /// 429; nothing was done.
    TooManyRequests(RetryAfter),
    /// Done, but the answer is 200 with half a JSON document.
    GarbledAfter,
    /// Done, but the answer is 200 without a body.
    EmptyAfter,
    /// Done, but the answer is 200 with a page of HTML, as from a proxy.
    HtmlAfter,
    /// 200 with a page of HTML, and nothing was done.
    HtmlBefore,
}

/// How `Retry-After` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// No header at all.
    Absent,
    /// As seconds.
    Seconds(u64),
    /// As an HTTP date this far ahead.
    Date(Duration),
}

/// Which requests a rule is about.
#[derive(Debug, Clone)]
pub struct Which {
    api: Api,
    method: Option<String>,
    path: Option<String>,
    when: When,
}

#[derive(Debug, Clone, Copy)]
enum When {
    Always,
    Nth(u64),
    First(u64),
    Every(u64),
}

impl Which {
    /// All requests to an API.
    pub fn new(api: Api) -> Self {
        Self { api, method: None, path: None, when: When::Always }
    }

    /// Only this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_ascii_uppercase());
        self
    }

    /// Only paths of this form, compared without case and without the query; `*` stands for any text, slashes included.
    #[must_use]
    pub fn path(mut self, pattern: &str) -> Self {
        self.path = Some(pattern.to_ascii_lowercase());
        self
    }

    /// Only the nth such request, counted from 1 and from when the rule was added.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.when = When::Nth(nth);
        self
    }

    /// Only the first few.
    #[must_use]
    pub fn first(mut self, count: u64) -> Self {
        self.when = When::First(count);
        self
    }

    /// Each nth such request.
    #[must_use]
    pub fn every(mut self, nth: u64) -> Self {
        self.when = When::Every(nth.max(1));
        self
    }

    fn covers(&self, api: Api, method: &str, path: &str) -> bool {
        self.api == api
            && self.method.as_deref().is_none_or(|wanted| wanted == method)
            && self.path.as_deref().is_none_or(|pattern| fits(pattern, &path.to_ascii_lowercase()))
    }
}

impl When {
    fn is_now(self, count: u64) -> bool {
        match self {
            Self::Always => true,
            Self::Nth(nth) => count == nth,
            Self::First(first) => count <= first,
            Self::Every(nth) => count.is_multiple_of(nth),
        }
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    (0..=rest.len()).any(|at| rest.is_char_boundary(at) && fits(tail, &rest[at..]))
}

/// One rule: for these requests, this happens.
#[derive(Debug, Clone)]
pub struct FaultRule {
    /// The requests.
    pub which: Which,
    /// What happens to them.
    pub effect: Effect,
}

/// The weather: what happens to requests that no rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Ambient {
    /// Everything works at once.
    #[default]
    Calm,
    /// Each answer takes this long.
    Latency(Duration),
    /// Some requests fail, in all ways a network and a vendor can fail; the same seed fails alike.
    Flaky {
        /// The share of requests that fail: 0.0 to 1.0.
        rate: f64,
        /// Where chance begins.
        seed: u64,
    },
}

/// Names an added rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleNumber(usize);

/// The rules in force; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Rules>>);

#[derive(Debug, Default)]
struct Rules {
    counted: Vec<Counted>,
    ambient: Ambient,
    chance: Option<Chance>,
}

#[derive(Debug)]
struct Counted {
    rule: FaultRule,
    active: bool,
    seen: u64,
    fired: u64,
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, Rules> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a rule. The first that applies to a request decides; all count it.
    pub fn add(&self, rule: FaultRule) -> RuleNumber {
        let mut rules = self.lock();
        rules.counted.push(Counted { rule, active: true, seen: 0, fired: 0 });
        RuleNumber(rules.counted.len() - 1)
    }

    /// Adds a rule, in short.
    pub fn on(&self, which: Which, effect: Effect) -> RuleNumber {
        self.add(FaultRule { which, effect })
    }

    /// Ends one rule.
    pub fn remove(&self, number: RuleNumber) {
        if let Some(counted) = self.lock().counted.get_mut(number.0) {
            counted.active = false;
        }
    }

    /// Ends all rules; the weather stays.
    pub fn clear(&self) {
        for counted in &mut self.lock().counted {
            counted.active = false;
        }
    }

    /// How often a rule has done its work.
    pub fn fired(&self, number: RuleNumber) -> u64 {
        self.lock().counted.get(number.0).map_or(0, |counted| counted.fired)
    }

    /// Changes the weather.
    pub fn set_ambient(&self, ambient: Ambient) {
        let mut rules = self.lock();
        rules.ambient = ambient;
        rules.chance = match ambient {
            Ambient::Flaky { seed, .. } => Some(Chance::new(seed)),
            Ambient::Calm | Ambient::Latency(_) => None,
        };
    }

    /// What happens to this request.
    pub(super) fn draw(&self, api: Api, method: &str, path: &str) -> Option<Effect> {
        let mut rules = self.lock();
        let mut chosen = None;
        for counted in rules.counted.iter_mut().filter(|counted| counted.active) {
            if !counted.rule.which.covers(api, method, path) {
                continue;
            }
            counted.seen += 1;
            if chosen.is_none() && counted.rule.which.when.is_now(counted.seen) {
                counted.fired += 1;
                chosen = Some(counted.rule.effect.clone());
            }
        }
        chosen.or_else(|| rules.weather())
    }
}

impl Rules {
    fn weather(&mut self) -> Option<Effect> {
        match (self.ambient, &mut self.chance) {
            (Ambient::Calm, _) | (Ambient::Flaky { .. }, None) => None,
            (Ambient::Latency(delay), _) => Some(Effect::Delay(delay)),
            (Ambient::Flaky { rate, .. }, Some(chance)) => chance.happens(rate).then(|| misfortune(chance)),
        }
    }
}

fn misfortune(chance: &mut Chance) -> Effect {
    match chance.below(10) {
        0 => Effect::DropBefore,
        1 | 2 => Effect::DropAfter,
        3 => Effect::StatusBefore(503),
        4 => Effect::StatusAfter(500),
        5 => Effect::StatusAfter(504),
        6 => Effect::TooManyRequests(RetryAfter::Seconds(1)),
        7 => Effect::GarbledAfter,
        8 => Effect::HtmlAfter,
        _ => Effect::DelayAnswer(Duration::from_secs(2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_parts_of_paths() {
        assert!(fits("/lmpi/*/customers", "/lmpi/v3/customers"));
        assert!(!fits("/lmpi/*/customers", "/lmpi/v3/customers/1"));
        assert!(fits("*/subscriptions", "/lmpi/v3/customers/1/subscriptions"));
    }

    #[test]
    fn the_nth_request_is_counted_per_rule() {
        let faults = Faults::default();
        let number = faults.on(Which::new(Api::Lmp).method("post").nth(2), Effect::DropAfter);
        assert_eq!(faults.draw(Api::Lmp, "POST", "/a"), None);
        assert_eq!(faults.draw(Api::Lmp, "GET", "/a"), None);
        assert_eq!(faults.draw(Api::Lmp, "POST", "/b"), Some(Effect::DropAfter));
        assert_eq!(faults.draw(Api::Lmp, "POST", "/b"), None);
        assert_eq!(faults.fired(number), 1);
    }

    #[test]
    fn the_same_seed_fails_alike() {
        let weather = || {
            let faults = Faults::default();
            faults.set_ambient(Ambient::Flaky { rate: 0.3, seed: 5 });
            (0..50).map(|_| faults.draw(Api::Vsa, "GET", "/")).collect::<Vec<_>>()
        };
        assert_eq!(weather(), weather());
        assert!(weather().iter().any(Option::is_some) && weather().iter().any(Option::is_none));
    }
}
