//! Reading a selector of labels from text.
//!
//! It owns the grammar and the sentences about what does not fit it (apimachinery: labels/selector.go, whose order of
//! steps it follows so that the first fault is the same). It never matches anything.

use super::{Rule, Term};
use crate::sim::objects::fault::quoted;
use crate::sim::objects::names::{key_faults, label_value_faults};

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Sign(&'static str),
    End,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Sign(sign) => sign,
            Self::End => "",
        }
    }
}

/// Signs, the longer ones first.
const SIGNS: [&str; 9] = ["==", "!=", "=", "!", ",", "(", ")", ">", "<"];

const OPERATORS: &str = "in, notin, =, ==, !=, gt, lt";

struct Reader {
    tokens: std::vec::IntoIter<Token>,
    next: Token,
}

impl Reader {
    fn new(text: &str) -> Self {
        let mut tokens = tokens(text).into_iter();
        let next = tokens.next().unwrap_or(Token::End);
        Self { tokens, next }
    }

    fn take(&mut self) -> Token {
        let next = self.tokens.next().unwrap_or(Token::End);
        std::mem::replace(&mut self.next, next)
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
        let length = match sign {
            Some(sign) => {
                tokens.push(Token::Sign(sign));
                sign.len()
            }
            None => {
                let ends = |c: char| c.is_whitespace() || "=!,()><".contains(c);
                let length = rest.find(ends).unwrap_or(rest.len());
                tokens.push(Token::Word(rest.get(..length).unwrap_or_default().to_owned()));
                length
            }
        };
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    tokens
}

/// The terms of a selector, in the order of the text.
pub(super) fn terms(text: &str) -> Result<Vec<Term>, String> {
    let mut reader = Reader::new(text);
    let mut terms = Vec::new();
    loop {
        match &reader.next {
            Token::End => return Ok(terms),
            Token::Word(_) | Token::Sign("!") => {}
            Token::Sign(sign) => {
                return Err(format!("found '{sign}', expected: !, identifier, or 'end of string'"));
            }
        }
        terms.push(term(&mut reader).map_err(|why| format!("unable to parse requirement: {why}"))?);
        match reader.take() {
            Token::End => return Ok(terms),
            Token::Sign(",") if matches!(reader.next, Token::Word(_) | Token::Sign("!")) => {}
            Token::Sign(",") => {
                return Err(format!("found '{}', expected: identifier after ','", reader.next.text()));
            }
            other => return Err(format!("found '{}', expected: ',' or 'end of string'", other.text())),
        }
    }
}

fn term(reader: &mut Reader) -> Result<Term, String> {
    let missing = reader.next == Token::Sign("!");
    if missing {
        reader.take();
    }
    let key = match reader.take() {
        Token::Word(key) => key,
        other => return Err(format!("found '{}', expected: identifier", other.text())),
    };
    let faults = key_faults(&key);
    if !faults.is_empty() {
        return Err(format!("<nil>: Invalid value: {}: {}", quoted(&key), faults.join("; ")));
    }
    if missing {
        return Ok(Term { key, rule: Rule::Missing });
    }
    if matches!(reader.next, Token::End | Token::Sign(",")) {
        return Ok(Term { key, rule: Rule::Exists });
    }
    let rule = rule(reader, &key)?;
    Ok(Term { key, rule })
}

fn rule(reader: &mut Reader, key: &str) -> Result<Rule, String> {
    let operator = reader.take();
    match operator.text() {
        "=" | "==" => Ok(Rule::Is(exact(reader, key)?)),
        "!=" => Ok(Rule::IsNot(exact(reader, key)?)),
        "in" => Ok(Rule::OneOf(listed(reader, key)?)),
        "notin" => Ok(Rule::NoneOf(listed(reader, key)?)),
        ">" => Ok(Rule::Above(number(reader, key)?)),
        "<" => Ok(Rule::Below(number(reader, key)?)),
        other => Err(format!("found '{other}', expected: {OPERATORS}")),
    }
}

fn exact(reader: &mut Reader, key: &str) -> Result<String, String> {
    if matches!(reader.next, Token::End | Token::Sign(",")) {
        return Ok(String::new());
    }
    match reader.take() {
        Token::Word(value) => checked(key, value, 0),
        other => Err(format!("found '{}', expected: identifier", other.text())),
    }
}

fn number(reader: &mut Reader, key: &str) -> Result<i64, String> {
    let text = exact(reader, key)?;
    let why = "for 'Gt', 'Lt' operators, the value must be an integer";
    text.parse().map_err(|_| format!("values[0]: Invalid value: {}: {why}", quoted(&text)))
}

fn listed(reader: &mut Reader, key: &str) -> Result<Vec<String>, String> {
    let open = reader.take();
    if open != Token::Sign("(") {
        return Err(format!("found '{}' expected: '('", open.text()));
    }
    let mut values = Vec::new();
    loop {
        let value = match &reader.next {
            Token::Word(_) => reader.take().text().to_owned(),
            Token::Sign("," | ")") => String::new(),
            other => return Err(format!("found '{}', expected: ',', ')' or identifier", other.text())),
        };
        values.push(checked(key, value, values.len())?);
        match reader.take() {
            Token::Sign(",") => {}
            Token::Sign(")") => break,
            other => return Err(format!("found '{}', expected: ',' or ')'", other.text())),
        }
    }
    values.sort();
    values.dedup();
    Ok(values)
}

fn checked(key: &str, value: String, index: usize) -> Result<String, String> {
    let faults = label_value_faults(&value);
    if faults.is_empty() {
        return Ok(value);
    }
    Err(format!("values[{index}][{key}]: Invalid value: {}: {}", quoted(&value), faults.join("; ")))
}
