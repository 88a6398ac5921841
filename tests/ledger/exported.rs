//! Exports: what is written, and what becomes of one that was touched.

use std::io::Cursor;
use std::path::Path;

use rollgate::ledger::{Fault, Reader, Remembered, Verdict, check_export};

use crate::fixture::*;

fn export(book: &Book) -> Vec<u8> {
    let mut out = Vec::new();
    let head = Reader::open(&book.path()).unwrap().export(&mut out).unwrap();
    assert_eq!(head, *book.heads.last().unwrap());
    out
}

fn check(bytes: &[u8], heads: &[Remembered]) -> Result<Verdict, String> {
    check_export(Path::new("export"), &mut Cursor::new(bytes), heads).map_err(|error| error.to_string())
}

fn is_whole(bytes: &[u8]) -> bool {
    matches!(check(bytes, &[]), Ok(Verdict::Whole(_)))
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

#[test]
fn an_export_is_ascii_and_verifies_to_the_same_head() {
    let book = Book::of(5);
    let bytes = export(&book);
    assert!(bytes.iter().all(|byte| (b' '..=b'~').contains(byte) || *byte == b'\n'));
    assert_eq!(lines(&bytes).len(), 1 + 6 + 1);
    let found = check(&bytes, &[remembered(book.heads[2])]).unwrap();
    let from_file = verdict(&book.path(), &[remembered(book.heads[2])]);
    assert_eq!(found, from_file);
}

#[test]
fn bodies_are_exported_byte_for_byte() {
    let book = Book::of(2);
    for (line, record) in lines(&export(&book))[1..].iter().zip(crate::auditor::records(&book.raw().0)) {
        let line: serde_json::Value = serde_json::from_slice(line).unwrap();
        assert_eq!(rusqlite::types::Value::Text(line["body"].as_str().unwrap().to_owned()), record.body);
    }
}

#[test]
fn one_changed_byte_anywhere_in_an_export_is_found() {
    let bytes = export(&Book::of(3));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(!is_whole(&changed), "byte {at} may be changed: {:?}", bytes[at] as char);
    }
}

#[test]
fn lines_that_were_dropped_swapped_doubled_or_added_are_found() {
    let all = lines(&export(&Book::of(4)));
    assert!(is_whole(&all.concat()));
    for at in 0..all.len() {
        let mut dropped = all.clone();
        dropped.remove(at);
        assert!(!is_whole(&dropped.concat()), "line {at} dropped");
        assert!(!is_whole(&all[..at].concat()), "cut off before line {at}");
        let mut doubled = all.clone();
        doubled.insert(at, all[at].clone());
        assert!(!is_whole(&doubled.concat()), "line {at} doubled");
        if at > 0 {
            let mut swapped = all.clone();
            swapped.swap(at - 1, at);
            assert!(!is_whole(&swapped.concat()), "line {at} swapped");
        }
        let mut added = all.clone();
        added.insert(at + 1, b"{}\n".to_vec());
        assert!(!is_whole(&added.concat()), "something after line {at}");
    }
}

#[test]
fn a_line_that_says_more_or_the_same_twice_is_refused() {
    let all = lines(&export(&Book::of(2)));
    for more in [r#"{"note":"fine","#, r#"{"seq":2,"#, r#"{"body":"{}","#] {
        let mut changed = all.clone();
        let line = String::from_utf8(all[3].clone()).unwrap();
        changed[3] = line.replacen('{', more, 1).into_bytes();
        let Ok(Verdict::Broken(found)) = check(&changed.concat(), &[]) else { panic!("{more}") };
        assert!(matches!(found.fault, Fault::Unreadable { .. }) && found.sequence == 2, "{more}: {found}");
    }
}

#[test]
fn an_export_of_a_forged_or_shortened_chain_is_not_the_one_remembered() {
    let book = Book::of(4);
    let kept = remembered(book.heads[3]);
    book.raw().run("DELETE FROM record WHERE seq > 2");
    let mut shortened = Vec::new();
    Reader::open(&book.path()).unwrap().export(&mut shortened).unwrap();
    assert!(is_whole(&shortened));
    let Ok(Verdict::Broken(found)) = check(&shortened, std::slice::from_ref(&kept)) else {
        panic!("called whole")
    };
    assert_eq!((found.sequence, found.fault), (3, Fault::CutOff { remembered: kept }));

    let book = Book::of(4);
    let kept = remembered(book.heads[3]);
    book.raw().change(|raw| {
        raw.execute("UPDATE record SET api_user = 'eve' WHERE seq = 2", []).unwrap();
        crate::auditor::forge(raw, 2);
    });
    let mut forged = Vec::new();
    Reader::open(&book.path()).unwrap().export(&mut forged).unwrap();
    assert!(is_whole(&forged));
    let Ok(Verdict::Broken(found)) = check(&forged, &[kept]) else { panic!("called whole") };
    assert_eq!(found.sequence, 3);
}

#[test]
fn what_is_no_export_is_said_to_be_none() {
    for other in ["", "\n", "{}\n", "apiVersion: v1\n", r#"{"format":"rollgate ledger export v2"}"#] {
        let refusal = check(other.as_bytes(), &[]).unwrap_err();
        assert!(refusal.contains("is no export of a ledger"), "{refusal}");
    }
}
