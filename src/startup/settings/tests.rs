use super::*;
use crate::startup::document::Problem;
use secrecy::ExposeSecret;
use std::time::Duration;

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

fn surroundings(variables: &[(&str, &str)]) -> Surroundings {
    let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Surroundings { environment, is_root: true }
}

fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsErrors> {
    Settings::read(None, &surroundings(variables))
}

fn wrong_settings(variables: &[(&str, &str)]) -> Vec<String> {
    read(variables)
        .expect_err("the settings are wrong")
        .iter()
        .filter_map(Problem::setting)
        .map(str::to_owned)
        .collect()
}

/// A folder that goes away with the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("settings-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn what_is_kept_and_where_spans_go_is_a_setting() {
    let settings = read(&[]).unwrap();
    assert!(settings.traces.endpoint.is_none(), "spans are off by default");
    let rows = settings.retention.rows;
    assert_eq!((rows.drafts.map(|age| age.num_days()), rows.imports), (Some(90), None));
    assert_eq!((settings.retention.audit_days, rows.jobs_days, rows.idempotency_hours), (None, 30, 24));
    let settings = read(&[
        ("PLUGIN__RETENTION__IMPORTS_DAYS", "400"),
        ("PLUGIN__RETENTION__AUDIT_DAYS", "800"),
        ("PLUGIN__TRACES__ENDPOINT", "http://collector.internal:4318/v1/traces"),
    ])
    .unwrap();
    assert_eq!(settings.retention.rows.imports.map(|age| age.num_days()), Some(400));
    assert_eq!(settings.retention.audit_days, Some(800));
    assert_eq!(settings.traces.endpoint.unwrap().port(), Some(4318));
    let wrong = [("PLUGIN__TRACES__ENDPOINT", "collector"), ("PLUGIN__TRACES__SAMPLE_PERCENT", "101")];
    assert_eq!(wrong_settings(&wrong), ["traces.endpoint", "traces.sample_percent"]);
}

#[test]
fn the_defaults_are_complete_and_valid() {
    let settings = read(&[]).unwrap();
    assert!(settings.database.url.is_none());
    assert_eq!(settings.database.data_dir, Path::new("/var/lib/worryfree-plugin"));
    assert_eq!(settings.http.public_url.as_str(), "http://localhost:8080/");
    assert_eq!(settings.lmp.settle, Duration::from_mins(16));
    assert_eq!(settings.inventory.refresh, Some(Duration::from_hours(1)));
    assert!(settings.lmp.no_license_messages.iter().all(|phrase| phrase.contains(' ')));
}

#[test]
fn every_setting_is_explained_in_the_defaults() {
    let mut document = layers(None, &BTreeMap::new());
    read::settings(&mut document, &surroundings(&[]));
    for setting in document.asked() {
        let (section, name) = setting.split_once('.').unwrap();
        let text = DEFAULTS.split(&format!("[{section}]\n")).nth(1).unwrap().split("\n[").next().unwrap();
        let shown = text.lines().any(|line| line.trim_start_matches("# ").starts_with(&format!("{name} = ")));
        assert!(shown, "{setting} in config/default.toml");
    }
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let folder = Folder::new("layers");
    let file = folder.file("plugin.toml", "[lmp]\nin_flight = 7\nsettle_seconds = 7\n[upstream]\nallow_http = true\n");
    let environment = surroundings(&[("PLUGIN__LMP__IN_FLIGHT", "9"), ("PLUGIN__UPSTREAM__ALLOW_HTTP", "")]);
    let settings = Settings::read(Some(&file), &environment).unwrap();
    assert_eq!(settings.lmp.in_flight, 9);
    assert_eq!(settings.lmp.settle, Duration::from_secs(7));
    assert!(settings.upstream.allow_http, "an empty variable counts as not set");
}

#[test]
fn a_misspelling_is_named() {
    assert_eq!(wrong_settings(&[("PLUGIN__HTTP__LISTNE", "127.0.0.1:1")]), ["http.listne"]);
    let folder = Folder::new("misspelling");
    let file = folder.file("plugin.toml", "[htpp]\nlisten = \"127.0.0.1:1\"\n");
    let problems = Settings::read(Some(&file), &surroundings(&[])).expect_err("no such section").to_string();
    assert_eq!(problems, format!("htpp.listen (in {}) is not a setting", file.display()));
}

#[test]
fn each_wrong_value_names_its_setting() {
    let cases = [
        ("PLUGIN__HTTP__LISTEN", "8080", "http.listen"),
        ("PLUGIN__HTTP__PUBLIC_URL", "http://plugin.example.com", "http.public_url"),
        ("PLUGIN__HTTP__PUBLIC_URL", "https://plugin.example.com/path", "http.public_url"),
        ("PLUGIN__METRICS__LISTEN", "127.0.0.1:8080", "metrics.listen"),
        ("PLUGIN__UPSTREAM__ALLOW_HTTP", "yes", "upstream.allow_http"),
        ("PLUGIN__UPSTREAM__CALL_TIMEOUT_SECONDS", "0", "upstream.call_timeout_seconds"),
        ("PLUGIN__UPSTREAM__USER_AGENT", "a\nb", "upstream.user_agent"),
        ("PLUGIN__LMP__SETTLE_SECONDS", "soon", "lmp.settle_seconds"),
        ("PLUGIN__DATABASE__MAX_CONNECTIONS", "500", "database.max_connections"),
        ("PLUGIN__INVENTORY__MAX_AGE_MINUTES", "1", "inventory.max_age_minutes"),
        ("PLUGIN__SECRETS__KEY", "c2hvcnQ=", "secrets.key"),
        ("PLUGIN__SECRETS__KEY_FILE", "/nowhere/key", "secrets.key_file"),
        ("PLUGIN__SESSIONS__IDLE_MINUTES", "1440", "sessions.idle_minutes"),
        ("PLUGIN__LOG__FORMAT", "xml", "log.format"),
        ("PLUGIN__LOG__FILTER", "info,=,", "log.filter"),
    ];
    for (variable, value, setting) in cases {
        assert_eq!(wrong_settings(&[(variable, value)]), [setting], "{variable}={value}");
    }
}

#[test]
fn all_problems_are_named_at_once() {
    let wrong = wrong_settings(&[
        ("PLUGIN__VSA9__IN_FLIGHT", "none"),
        ("PLUGIN__JOBS__LEASE_SECONDS", "0"),
        ("PLUGIN__X", "1"),
    ]);
    assert_eq!(wrong, ["vsa9.in_flight", "jobs.lease_seconds", "x"]);
}

#[test]
fn the_public_url_may_be_http_on_this_machine() {
    for url in ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://plugin.example.com"] {
        assert!(read(&[("PLUGIN__HTTP__PUBLIC_URL", url)]).is_ok(), "{url}");
    }
}

#[test]
fn a_foreign_database_needs_a_key() {
    let url = ("DATABASE_URL", "postgres://plugin:hidden@localhost/plugin");
    assert_eq!(wrong_settings(&[url]), ["secrets.key"]);
    let settings = read(&[url, ("PLUGIN__SECRETS__KEY", KEY)]).unwrap();
    assert_eq!(settings.database.url.unwrap().expose_secret(), url.1);
    assert_eq!(settings.secrets.key.unwrap().expose_secret(), b"0123456789abcdef0123456789abcdef");
}

#[test]
fn a_database_url_that_is_none_is_named_and_not_repeated() {
    let problems = read(&[("DATABASE_URL", "mysql://root:hidden@localhost"), ("PLUGIN__SECRETS__KEY", KEY)]);
    let message = problems.expect_err("not Postgres").to_string();
    assert!(message.starts_with("database.url (in the environment variable DATABASE_URL) is wrong"), "{message}");
    assert!(!message.contains("hidden"), "{message}");
}

#[test]
fn a_later_layer_decides_between_a_secret_and_its_file() {
    let folder = Folder::new("twins");
    folder.file("key", &format!("{KEY}\n"));
    let file = folder.file("plugin.toml", "[secrets]\nkey_file = \"key\"\n");
    let settings = Settings::read(Some(&file), &surroundings(&[])).unwrap();
    assert!(settings.secrets.key.is_some());
    let other = surroundings(&[("PLUGIN__SECRETS__KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]);
    let settings = Settings::read(Some(&file), &other).unwrap();
    assert_eq!(settings.secrets.key.unwrap().expose_secret(), &[0; 32]);
}

#[test]
fn a_secret_and_its_file_in_one_layer_are_a_mistake() {
    let wrong = wrong_settings(&[("PLUGIN__SECRETS__KEY", KEY), ("PLUGIN__SECRETS__KEY_FILE", "/key")]);
    assert_eq!(wrong, ["secrets.key_file"]);
}

#[test]
fn other_accounts_keep_their_data_in_their_state_directory() {
    let data_dir = |variables: &[(&str, &str)]| {
        let surroundings = Surroundings { is_root: false, ..surroundings(variables) };
        Settings::read(None, &surroundings).map(|settings| settings.database.data_dir)
    };
    let home = ("HOME", "/home/msp");
    assert_eq!(data_dir(&[home]).unwrap(), Path::new("/home/msp/.local/state/worryfree-plugin"));
    assert_eq!(data_dir(&[home, ("XDG_STATE_HOME", "/state")]).unwrap(), Path::new("/state/worryfree-plugin"));
    assert_eq!(data_dir(&[]).expect_err("no home").iter().next().and_then(Problem::setting), Some("database.data_dir"));
    let elsewhere = [("DATABASE_URL", "postgres://plugin@localhost/plugin"), ("PLUGIN__SECRETS__KEY", KEY)];
    assert!(data_dir(&elsewhere).is_ok(), "nothing is kept on this machine");
}

#[test]
fn debug_output_holds_no_secret() {
    let settings = read(&[("DATABASE_URL", "postgres://u:hidden@h/d"), ("PLUGIN__SECRETS__KEY", KEY)]).unwrap();
    let text = format!("{settings:?}");
    assert!(!text.contains("hidden") && !text.contains("48, 49, 50"), "{text}");
}
