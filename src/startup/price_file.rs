//! A price list as a CSV file: `plan,price,currency`, one plan a line, the price of one seat for a month.

use crate::domain::price::{Price, plan_key};
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// The columns, in any order and case.
const COLUMNS: [&str; 3] = ["plan", "price", "currency"];
/// More decimals than any price has.
const MAX_DECIMALS: u32 = 6;
/// More than any seat costs.
const MAX_PRICE: i64 = 1_000_000;

/// Reads a price list; everything wrong with it is named at once, by line.
pub fn read(path: &Path) -> anyhow::Result<Vec<Price>> {
    let text = std::fs::read(path).with_context(|| format!("cannot read {}; nothing was changed", path.display()))?;
    parse(&text).with_context(|| format!("{} is not a price list; nothing was changed", path.display()))
}

fn parse(text: &[u8]) -> anyhow::Result<Vec<Price>> {
    // Spreadsheets begin their files with a byte order mark.
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let head: Vec<_> = reader.headers()?.iter().map(str::to_lowercase).collect();
    let place = |column| head.iter().position(|name| name == column);
    let [Some(plan), Some(price), Some(currency)] = COLUMNS.map(place) else {
        bail!("its first line must name the columns plan, price and currency, separated by commas");
    };
    let (mut prices, mut problems) = (BTreeMap::new(), Vec::new());
    for (line, record) in (2..).zip(reader.records()) {
        let record = record?;
        let cell = |place| record.get(place).unwrap_or_default();
        match row(cell(plan), cell(price), cell(currency)) {
            Err(problem) => problems.push(format!("line {line}: {problem}")),
            Ok(price) => {
                if let Some(twice) = prices.insert(plan_key(&price.plan), price) {
                    problems.push(format!("line {line}: {} is there already", twice.plan));
                }
            }
        }
    }
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    Ok(prices.into_values().collect())
}

fn row(plan: &str, price: &str, currency: &str) -> Result<Price, &'static str> {
    if plan.is_empty() {
        return Err("name the service plan");
    }
    let is_plain = !price.is_empty() && price.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let amount = price.parse::<rust_decimal::Decimal>().ok().filter(|_| is_plain);
    let amount = amount.filter(|amount| amount.scale() <= MAX_DECIMALS && *amount <= MAX_PRICE.into());
    let amount =
        amount.ok_or("write the price as a number such as 2.50, at most 1000000, with at most six decimals")?;
    let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !is_code {
        return Err("write the currency as three letters such as EUR");
    }
    Ok(Price { plan: plan.to_owned(), amount, currency: currency.to_uppercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_keep_their_digits() {
        let prices =
            parse("\u{feff}Currency, Plan ,price\nEUR, WFS monthly ,2.50\njpy,\"A, B\",300\n".as_bytes()).unwrap();
        let shown: Vec<_> =
            prices.iter().map(|price| format!("{} {} {}", price.plan, price.amount, price.currency)).collect();
        assert_eq!(shown, ["A, B 300 JPY", "WFS monthly 2.50 EUR"]);
    }

    #[test]
    fn everything_wrong_is_named_by_its_line() {
        let text = "plan,price,currency\nA,2,EUR\nB,\"2,50\",EUR\n,1,EUR\nC,-1,EUR\nD,1,Euro\na,3,EUR\nE,1e3,EUR\nF,0.1234567,EUR\n";
        let error = parse(text.as_bytes()).unwrap_err().to_string();
        for line in [3, 4, 5, 6, 7, 8, 9] {
            assert!(error.contains(&format!("line {line}: ")), "{line} in {error}");
        }
        assert!(!error.contains("line 2:"));
        assert!(parse(b"plan,price\nA,1\n").is_err());
    }
}
