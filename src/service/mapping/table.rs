//! The table of customers as a file: which columns there are, and what is in them.

use serde::{Deserialize, Serialize};

/// One line. Everything but the organization may be left empty: what a person would get proposed is taken then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Row {
    /// Id in VSA; goes before the name.
    pub organization_id: String,
    /// Id, short code or name of the VSA organization.
    pub organization: String,
    /// LMP customer id; goes before the name.
    pub account_id: String,
    /// `new`, or id or name of an account that exists.
    pub account: String,
    /// Id or name of the service plan.
    pub plan: String,
    /// Seats.
    pub seats: String,
    /// Id or name of the template; `none` is Trend Micro's default.
    pub template: String,
    /// For a new account.
    pub company_name: String,
    /// For a new account.
    pub address: String,
    /// For a new account.
    pub city: String,
    /// For a new account.
    pub state: String,
    /// For a new account.
    pub postal_code: String,
    /// For a new account: ISO 3166-1 alpha-2.
    pub country: String,
    /// For a new account.
    pub first_name: String,
    /// For a new account.
    pub last_name: String,
    /// For a new account.
    pub email: String,
    /// The customer's own address for notifications.
    pub notify: String,
}

/// Something wrong with the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineError {
    /// Line of the file, from 1; `None` where it concerns no line.
    pub line: Option<u64>,
    /// The organization as the file calls it; empty where it concerns none.
    pub organization: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl LineError {
    pub(super) fn at(line: u64, organization: &str, message: impl Into<String>) -> Self {
        Self { line: Some(line), organization: organization.to_owned(), message: message.into() }
    }

    pub(super) fn of_the_file(message: impl Into<String>) -> Self {
        Self { line: None, organization: String::new(), message: message.into() }
    }
}

impl Row {
    /// What the file calls the organization.
    pub(super) fn called(&self) -> &str {
        if self.organization_id.is_empty() { &self.organization } else { &self.organization_id }
    }

    /// What the file calls the account; empty if nothing.
    pub(super) fn account_called(&self) -> &str {
        if self.account_id.is_empty() { &self.account } else { &self.account_id }
    }
}

/// Reads a table: CSV in UTF-8 with a line of headings. Cells lose surrounding spaces, and the apostrophe that keeps a spreadsheet
/// from taking them for a formula.
pub fn read(file: &[u8]) -> Result<Vec<(u64, Row)>, Vec<LineError>> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let text = std::str::from_utf8(file)
        .map_err(|_| vec![LineError::of_the_file("The file is not in UTF-8. Save it as \"CSV UTF-8\".")])?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|error| vec![unreadable(&error)])?.clone();
    check_headings(&headings)?;
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                errors.push(unreadable(&error));
                continue;
            }
        };
        let line = record.position().map_or(0, |position| line_of(position, text));
        let cells: csv::StringRecord = record.iter().map(unguarded).collect();
        match cells.deserialize::<Row>(Some(&headings)) {
            Ok(row) if row.called().is_empty() => {
                errors.push(LineError::at(line, "", "Name the organization."));
            }
            Ok(row) => rows.push((line, row)),
            Err(error) => errors.push(LineError { line: Some(line), ..unreadable(&error) }),
        }
    }
    match (errors.is_empty(), rows.is_empty()) {
        (false, _) => Err(errors),
        (true, true) => Err(vec![LineError::of_the_file("The file has no line below its headings.")]),
        (true, false) => Ok(rows),
    }
}

/// The reader counts empty lines before a record to it.
fn line_of(position: &csv::Position, text: &str) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or_default();
    let skipped = text.get(start..).unwrap_or_default().bytes().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + skipped.filter(|byte| *byte == b'\n').count() as u64
}

/// Writes a table. A byte order mark lets spreadsheets take it for UTF-8.
pub fn write(rows: &[Row]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(vec![0xEF, 0xBB, 0xBF]);
    writer.write_record(COLUMNS)?;
    for row in rows {
        writer.serialize(guarded_row(row))?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// In the order in which they are written.
const COLUMNS: [&str; 17] = [
    "organization_id",
    "organization",
    "account_id",
    "account",
    "plan",
    "seats",
    "template",
    "company_name",
    "address",
    "city",
    "state",
    "postal_code",
    "country",
    "first_name",
    "last_name",
    "email",
    "notify",
];

fn check_headings(headings: &csv::StringRecord) -> Result<(), Vec<LineError>> {
    let unknown: Vec<_> = headings.iter().filter(|heading| !COLUMNS.contains(heading)).collect();
    if !unknown.is_empty() {
        let message = format!(
            "There is no column {}. The columns are: {}.",
            unknown.iter().map(|heading| format!("{heading:?}")).collect::<Vec<_>>().join(", "),
            COLUMNS.join(", ")
        );
        return Err(vec![LineError { line: Some(1), ..LineError::of_the_file(message) }]);
    }
    if !headings.iter().any(|heading| heading.starts_with("organization")) {
        let message = "The first line must name the columns, one of them \"organization\".";
        return Err(vec![LineError { line: Some(1), ..LineError::of_the_file(message) }]);
    }
    Ok(())
}

fn unreadable(error: &csv::Error) -> LineError {
    let line = error.position().map(csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!(
                "This line has {len} cells, the headings have {expected_len}. Put cells with commas in quotation marks."
            )
        }
        _ => format!("This cannot be read as CSV: {error}."),
    };
    LineError { line, ..LineError::of_the_file(message) }
}

const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell)
}

/// A cell that a spreadsheet would take for a formula stays text.
pub fn guarded(cell: &str) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.to_owned() }
}

fn guarded_row(row: &Row) -> Row {
    Row {
        organization: guarded(&row.organization),
        account: guarded(&row.account),
        plan: guarded(&row.plan),
        template: guarded(&row.template),
        ..row.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        let errors = read(text.as_bytes()).unwrap_err();
        errors.into_iter().map(|error| format!("{}: {}", error.line.unwrap_or_default(), error.message)).collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let row = Row {
            organization: "=Dangerous, \"Ltd\"".to_owned(),
            account: "new".to_owned(),
            plan: "+plus".to_owned(),
            seats: "12".to_owned(),
            ..Row::default()
        };
        let written = write(std::slice::from_ref(&row)).unwrap();
        assert!(String::from_utf8_lossy(&written).contains("'=Dangerous"));
        assert_eq!(read(&written).unwrap(), [(2, row)]);
    }

    #[test]
    fn columns_may_be_left_out_and_come_in_any_order() {
        let rows = read(b"seats, organization\n 5 , Harbour Dental \n\n,Elm\n").unwrap();
        let short: Vec<_> = rows.iter().map(|(line, row)| (*line, row.called(), row.seats.as_str())).collect();
        assert_eq!(short, [(2, "Harbour Dental", "5"), (4, "Elm", "")]);
    }

    #[test]
    fn mistakes_are_named_with_their_lines() {
        assert!(messages("organisation,seats\nA,1\n")[0].starts_with("1: There is no column \"organisation\""));
        assert!(messages("plan,seats\nA,1\n")[0].contains("one of them \"organization\""));
        assert_eq!(messages("organization,seats\nA,1,2\n,3\n").len(), 2);
        assert!(messages("organization\n")[0].contains("no line below"));
        assert!(read(b"organization\n\xff\n").unwrap_err()[0].message.contains("UTF-8"));
    }
}
