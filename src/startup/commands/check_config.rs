//! `check-config`: names everything wrong with the settings.

use super::print_line;
use crate::startup::document::{Problem, Problems};
use crate::startup::settings::Settings;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// Reads the settings and says what is wrong with them.
pub fn run(config_file: Option<&Path>, as_json: bool) -> anyhow::Result<ExitCode> {
    let read = Settings::load(config_file);
    if as_json {
        print_line(&report(&read).to_string())?;
        return Ok(ExitCode::from(if read.is_ok() { 0 } else { 2 }));
    }
    let settings = read?;
    print_line("The settings are valid.")?;
    for warning in settings.warnings() {
        print_line(&format!("Note: {warning}."))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn report(read: &Result<Settings, Problems>) -> Value {
    match read {
        Ok(settings) => json!({ "valid": true, "warnings": settings.warnings(), "problems": [] }),
        Err(problems) => {
            let problems: Vec<Value> = problems.iter().map(problem).collect();
            json!({ "valid": false, "warnings": [], "problems": problems })
        }
    }
}

fn problem(problem: &Problem) -> Value {
    json!({ "setting": problem.setting(), "problem": problem.to_string() })
}
