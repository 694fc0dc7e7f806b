//! `$filter`: comparisons, three functions, `and`, `or`, parentheses.

use std::cmp::Ordering;

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    /// A decimal of any length.
    Digits(String),
    Null,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    Compare(String, Operator, Value),
    Function(Function, String, String),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

/// A function of a text field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    StartsWith,
    EndsWith,
    SubstringOf,
}

/// Why a filter is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    /// A long decimal without its `M`.
    LongNumber(String),
    Field(String),
    Syntax,
}

impl Filter {
    /// Reads a filter over these fields.
    pub fn parse(text: &str, fields: &[&str]) -> Result<Self, Wrong> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, fields };
        let filter = parser.any()?;
        if parser.tokens.is_empty() { Ok(filter) } else { Err(Wrong::Syntax) }
    }

    /// Whether a record fits.
    pub fn fits(&self, field: &dyn Fn(&str) -> Value) -> bool {
        match self {
            Self::Compare(name, operator, value) => operator.holds(&field(name), value),
            Self::Function(function, name, part) => match field(name) {
                Value::Text(text) => function.holds(&text.to_lowercase(), &part.to_lowercase()),
                Value::Digits(_) | Value::Null => false,
            },
            Self::And(left, right) => left.fits(field) && right.fits(field),
            Self::Or(left, right) => left.fits(field) || right.fits(field),
        }
    }

    /// The value, if this is nothing but `field eq value`.
    pub fn only_equal(&self, field: &str) -> Option<&str> {
        match self {
            Self::Compare(name, Operator::Eq, Value::Digits(digits)) if name == field => Some(digits),
            _ => None,
        }
    }
}

impl Operator {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
        })
    }

    fn holds(self, left: &Value, right: &Value) -> bool {
        let order = match (left, right) {
            (Value::Text(left), Value::Text(right)) => left.to_lowercase().cmp(&right.to_lowercase()),
            (Value::Digits(left), Value::Digits(right)) => left.len().cmp(&right.len()).then(left.cmp(right)),
            (Value::Null, Value::Null) => Ordering::Equal,
            _ => return self == Self::Ne,
        };
        match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
        }
    }
}

impl Function {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "startswith" => Self::StartsWith,
            "endswith" => Self::EndsWith,
            "substringof" => Self::SubstringOf,
            _ => return None,
        })
    }

    fn holds(self, text: &str, part: &str) -> bool {
        match self {
            Self::StartsWith => text.starts_with(part),
            Self::EndsWith => text.ends_with(part),
            Self::SubstringOf => text.contains(part),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Literal(Value),
    Open,
    Close,
    Comma,
}

fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' | ',' => 1,
            '\'' => quoted_length(rest).ok_or(Wrong::Syntax)?,
            _ => rest.find(|letter: char| letter.is_whitespace() || "(),".contains(letter)).unwrap_or(rest.len()),
        };
        let (token, tail) = rest.split_at(length);
        tokens.push(match first {
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '\'' => Token::Literal(Value::Text(token[1..token.len() - 1].replace("''", "'"))),
            '0'..='9' => Token::Literal(number(token)?),
            _ if token == "null" => Token::Literal(Value::Null),
            _ => Token::Word(token.to_owned()),
        });
        rest = tail.trim_start();
    }
    Ok(tokens)
}

/// The length of a text literal with its quotes; a doubled quote stands for one.
fn quoted_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        at += bytes[at..].iter().position(|byte| *byte == b'\'')?;
        if bytes.get(at + 1) != Some(&b'\'') {
            return Some(at + 1);
        }
        at += 2;
    }
}

fn number(token: &str) -> Result<Value, Wrong> {
    let (digits, decimal) = match token.strip_suffix(['M', 'm']) {
        Some(digits) => (digits, true),
        None => (token, false),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Wrong::Syntax);
    }
    if !decimal && digits.parse::<i32>().is_err() {
        return Err(Wrong::LongNumber(digits.to_owned()));
    }
    let digits = digits.trim_start_matches('0');
    Ok(Value::Digits(if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }))
}

struct Parser<'a> {
    tokens: &'a [Token],
    fields: &'a [&'a str],
}

impl Parser<'_> {
    fn next(&mut self) -> Result<Token, Wrong> {
        let (first, rest) = self.tokens.split_first().ok_or(Wrong::Syntax)?;
        self.tokens = rest;
        Ok(first.clone())
    }

    fn takes(&mut self, token: &Token) -> bool {
        let found = self.tokens.first() == Some(token);
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn expect(&mut self, token: &Token) -> Result<(), Wrong> {
        if self.takes(token) { Ok(()) } else { Err(Wrong::Syntax) }
    }

    fn any(&mut self) -> Result<Filter, Wrong> {
        let mut filter = self.all()?;
        while self.takes(&Token::Word("or".to_owned())) {
            filter = Filter::Or(Box::new(filter), Box::new(self.all()?));
        }
        Ok(filter)
    }

    fn all(&mut self) -> Result<Filter, Wrong> {
        let mut filter = self.one()?;
        while self.takes(&Token::Word("and".to_owned())) {
            filter = Filter::And(Box::new(filter), Box::new(self.one()?));
        }
        Ok(filter)
    }

    fn one(&mut self) -> Result<Filter, Wrong> {
        if self.takes(&Token::Open) {
            let filter = self.any()?;
            return self.expect(&Token::Close).map(|()| filter);
        }
        let Token::Word(word) = self.next()? else { return Err(Wrong::Syntax) };
        if let Some(function) = Function::read(&word) {
            return self.function(function);
        }
        let field = self.field(word)?;
        let Token::Word(operator) = self.next()? else { return Err(Wrong::Syntax) };
        let operator = Operator::read(&operator).ok_or(Wrong::Syntax)?;
        let Token::Literal(value) = self.next()? else { return Err(Wrong::Syntax) };
        Ok(Filter::Compare(field, operator, value))
    }

    /// `substringof` takes its arguments the other way round.
    fn function(&mut self, function: Function) -> Result<Filter, Wrong> {
        self.expect(&Token::Open)?;
        let first = self.next()?;
        self.expect(&Token::Comma)?;
        let second = self.next()?;
        self.expect(&Token::Close)?;
        let (field, part) = if function == Function::SubstringOf { (second, first) } else { (first, second) };
        match (field, part) {
            (Token::Word(field), Token::Literal(Value::Text(part))) => {
                Ok(Filter::Function(function, self.field(field)?, part))
            }
            _ => Err(Wrong::Syntax),
        }
    }

    fn field(&self, word: String) -> Result<String, Wrong> {
        if self.fields.contains(&word.as_str()) { Ok(word) } else { Err(Wrong::Field(word)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(filter: &str) -> Result<bool, Wrong> {
        let field = |name: &str| match name {
            "OrgId" => Value::Digits("48213377150926640184452719".to_owned()),
            "OrgName" => Value::Text("O'Brien & Söner".to_owned()),
            _ => Value::Null,
        };
        Filter::parse(filter, &["OrgId", "OrgName", "ParentOrgId"]).map(|filter| filter.fits(&field))
    }

    #[test]
    fn long_ids_need_their_suffix() {
        assert_eq!(fits("OrgId eq 48213377150926640184452719M"), Ok(true));
        assert_eq!(fits("OrgId eq 48213377150926640184452718M"), Ok(false));
        assert_eq!(
            fits("OrgId eq 48213377150926640184452719"),
            Err(Wrong::LongNumber("48213377150926640184452719".to_owned()))
        );
    }

    #[test]
    fn texts_functions_and_connections() {
        assert_eq!(fits("OrgName eq 'o''brien & söner'"), Ok(true));
        assert_eq!(fits("startswith(OrgName,'O') and ParentOrgId eq null"), Ok(true));
        assert_eq!(fits("substringof('Söner', OrgName)"), Ok(true));
        assert_eq!(fits("(OrgName eq 'x' or OrgId gt 5M) and OrgId ne 5"), Ok(true));
    }

    #[test]
    fn other_fields_and_broken_filters_are_refused() {
        assert_eq!(fits("Website eq 'x'"), Err(Wrong::Field("Website".to_owned())));
        assert_eq!(fits("OrgName eq 'x"), Err(Wrong::Syntax));
        assert_eq!(fits("OrgName"), Err(Wrong::Syntax));
    }
}
