//! The pages of verdicts in a real browser: what stands there, how it looks, and that nothing runs and nothing is loaded.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Outcome;
use crate::browser::{Browser, Page};
use crate::desk::{Course, Desk, NOON, POLICY, SAME, is_png};

type Shown = (&'static str, fn(&Browser) -> Outcome);

pub fn trials() -> Vec<Shown> {
    vec![
        ("this browser runs scripts and loads pictures, where a page has them", control),
        ("a page shows the verdict in a browser, and runs and loads nothing", page),
        ("a picture shows the verdict in a browser, and runs and loads nothing", picture),
    ]
}

const WORSE: Course = Course { factor: 1.6, from_minute: 40, wobble: 0.05 };

/// A listener that counts who comes.
struct Trap {
    port: u16,
    came: Arc<AtomicUsize>,
}

impl Trap {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, came) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let counted = came.clone();
        // It ends with the process.
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { port, came }
    }

    fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }

    /// Markup that runs and loads, wherever it is taken for markup.
    fn bait(&self) -> String {
        format!(
            "<script>document.title=\"RAN\"</script><img src=http://127.0.0.1:{}/x onerror=document.title='RAN'>",
            self.port
        )
    }
}

fn control(browser: &Browser) -> Outcome {
    let (desk, trap) = (Desk::new(), Trap::new());
    let file = desk.write("bait.html", &format!("<!DOCTYPE html><title>t</title>{}", trap.bait()));
    let page = browser.open(&file)?;
    assert!(page.document.contains("<title>RAN</title>"), "{}", page.document);
    assert!(trap.came() > 0, "nobody came");
    assert!(page.asked.iter().any(|url| url.contains(&trap.port.to_string())), "{:?}", page.asked);
    Ok(())
}

/// Writes a verdict whose names are baits, and opens it.
fn opened(browser: &Browser, trap: &Trap, name: &str) -> Result<Page, String> {
    let desk = Desk::new();
    let bait = trap.bait().replace('"', "\\\"");
    desk.write("shop.yaml", &POLICY.replacen("name: shop", &format!("name: \"</title>{bait}\""), 1));
    desk.record(WORSE, SAME);
    let said = desk.rollgate(&format!(
        "gates report checkout --from rollout.yaml --policy shop.yaml --recorded recorded.json --at {NOON} -o {name}"
    ));
    assert_eq!(said.code, 2, "{}{}", said.out, said.err);
    let kept = std::env::var_os("ROLLGATE_KEEP_PAGES");
    let page = browser.open(&desk.path(name))?;
    if let Some(folder) = kept.map(std::path::PathBuf::from) {
        std::fs::write(folder.join(format!("{name}.png")), &page.picture)
            .map_err(|error| error.to_string())?;
    }
    Ok(page)
}

/// Asserts that nothing ran, nothing was loaded, and more was drawn than an empty page.
fn assert_quiet(page: &Page, trap: &Trap, browser: &Browser) -> Outcome {
    assert!(!page.document.contains("<title>RAN"), "a script ran");
    assert!(!page.document.contains("<script") && !page.document.contains("<img"), "{}", page.document);
    assert_eq!(trap.came(), 0, "something was loaded");
    let outside: Vec<&String> = page.asked.iter().filter(|url| url.starts_with("http")).collect();
    assert_eq!(outside, Vec::<&String>::new());
    assert!(is_png(&page.picture, 1000, 1600));
    let desk = Desk::new();
    let empty = browser.open(&desk.write("empty.html", "<!DOCTYPE html><title>t</title>"))?;
    assert!(page.picture.len() > 4 * empty.picture.len(), "{} bytes", page.picture.len());
    Ok(())
}

fn page(browser: &Browser) -> Outcome {
    let trap = Trap::new();
    let page = opened(browser, &trap, "verdict.html")?;
    for text in [
        "<title>shop/checkout: fail</title>",
        "<code>6c9f</code> beside <code>7d8c</code>",
        "<h3>errors</h3>",
        "<h3>queue</h3>",
        "121 / 121",
        "canary 2",
        "error rate",
        "SHA-256 <code>",
        "&lt;script&gt;",
        "ledger: there is none",
    ] {
        assert!(page.document.contains(text), "{text} is not in {}", page.document);
    }
    // For each metric the lines of both versions, each through 121 points.
    let paths =
        page.document.split("<path d=\"M").skip(1).map(|rest| rest.split('"').next().unwrap_or_default());
    assert_eq!(paths.filter(|path| path.matches('L').count() == 120).count(), 4);
    assert_quiet(&page, &trap, browser)
}

fn picture(browser: &Browser) -> Outcome {
    let trap = Trap::new();
    let page = opened(browser, &trap, "verdict.svg")?;
    for text in ["shop/checkout: fail", "errors: high, critical", "queue: pass", "pass 95", "hold 75"] {
        assert!(page.document.contains(text), "{text} is not in {}", page.document);
    }
    assert_quiet(&page, &trap, browser)
}
