//! The words of an expression.
//!
//! It owns where one word ends and the next begins (expr: parser/lexer). It never knows what a word means. Invariant:
//! every character belongs to a word, to white space, or to an error.

use std::fmt;

/// One word.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A number without a point.
    Whole(i64),
    /// A number with a point or an exponent.
    Number(f64),
    /// A text in quotes.
    Text(String),
    /// A name, `true`, `nil` included.
    Name(String),
    /// An operator, words such as `and` included.
    Operator(String),
    /// One of `()[]{}`.
    Bracket(char),
    /// Nothing more.
    End,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "Number(\"{number}\")"),
            Self::Number(number) => write!(f, "Number(\"{number}\")"),
            Self::Text(text) => write!(f, "String({text:?})"),
            Self::Name(name) => write!(f, "Identifier({name:?})"),
            Self::Operator(sign) => write!(f, "Operator({sign:?})"),
            Self::Bracket(sign) => write!(f, "Bracket(\"{sign}\")"),
            Self::End => f.write_str("EOF"),
        }
    }
}

const WORDS: &[&str] = &["and", "or", "not", "in", "matches", "contains", "startsWith", "endsWith"];
const SIGNS: &[&str] = &["&&", "||", "==", "!=", "<=", ">=", "**", "??", "?.", ".."];

/// Splits an expression into words.
///
/// # Errors
/// Names the character, number or text that is none.
pub fn split(text: &str) -> Result<Vec<Token>, String> {
    let mut rest = text;
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (token, tail) = match first {
            c if c.is_whitespace() => {
                rest = rest.trim_start();
                continue;
            }
            '"' | '\'' => quoted(rest, first)?,
            '0'..='9' => number(rest)?,
            '.' if rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) => number(rest)?,
            c if c.is_alphabetic() || c == '_' || c == '$' => word(rest),
            '(' | ')' | '[' | ']' | '{' | '}' => (Token::Bracket(first), behind(rest, 1)),
            _ => sign(rest, first)?,
        };
        tokens.push(token);
        rest = tail;
    }
    tokens.push(Token::End);
    Ok(tokens)
}

fn behind(text: &str, bytes: usize) -> &str {
    text.get(bytes..).unwrap_or_default()
}

fn word(text: &str) -> (Token, &str) {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(text.len());
    let (word, tail) = text.split_at(end);
    let token =
        if WORDS.contains(&word) { Token::Operator(word.to_owned()) } else { Token::Name(word.to_owned()) };
    (token, tail)
}

fn sign(text: &str, first: char) -> Result<(Token, &str), String> {
    if let Some(sign) = SIGNS.iter().find(|sign| text.starts_with(**sign)) {
        return Ok((Token::Operator((*sign).to_owned()), behind(text, sign.len())));
    }
    if "+-*/%^<>!?:,.#|;&=".contains(first) {
        return Ok((Token::Operator(first.to_string()), behind(text, 1)));
    }
    Err(format!("unrecognized character: U+{:04X} '{first}'", u32::from(first)))
}

fn number(text: &str) -> Result<(Token, &str), String> {
    let mut end = 0;
    let mut before = ' ';
    for c in text.chars() {
        let exponent = matches!(before, 'e' | 'E') && matches!(c, '+' | '-');
        let range = c == '.' && behind(text, end).starts_with("..");
        if range || !(c.is_alphanumeric() || c == '_' || c == '.' || exponent) {
            break;
        }
        before = c;
        end += c.len_utf8();
    }
    let (digits, tail) = text.split_at(end);
    let plain = digits.replace('_', "");
    if let Ok(whole) = plain.parse() {
        return Ok((Token::Whole(whole), tail));
    }
    let odd = plain.starts_with(|c: char| c.is_alphabetic());
    match plain.parse() {
        Ok(number) if !odd => Ok((Token::Number(number), tail)),
        _ => Err(format!("bad number syntax: {digits:?}")),
    }
}

fn quoted(text: &str, quote: char) -> Result<(Token, &str), String> {
    let mut made = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\n' => break,
            '\\' => match characters.next() {
                Some((_, 'n')) => made.push('\n'),
                Some((_, 't')) => made.push('\t'),
                Some((_, escaped)) => made.push(escaped),
                None => break,
            },
            c if c == quote => return Ok((Token::Text(made), behind(text, at + 1))),
            c => made.push(c),
        }
    }
    Err("literal not terminated".to_owned())
}
