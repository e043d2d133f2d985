//! Templates of page and deck, and a content security policy that allows no request and no foreign script.
//!
//! Templates lie beside the code and are escaped by their engine, so that no name ends up as markup; what goes in
//! unescaped is our own style sheet and script, and charts, whose writer escapes. The policy names the two by their
//! hashes: a browser that follows it runs nothing else, applies nothing else and requests nothing, even if something
//! did slip through.

use super::Unrenderable;
use base64::Engine;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A template with all that belongs to it.
pub(super) struct Template {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    pub(super) style: &'static str,
    pub(super) script: &'static str,
}

/// Colours and charts, for both.
const COMMON: &str = include_str!("html/common.css");
/// What charts do, for both.
const CHARTS: &str = include_str!("html/charts.js");
/// The head, and what is around the body.
const BASE: &str = include_str!("html/base.html");
/// Tables, as a macro.
const PARTS: &str = include_str!("html/parts.html");

#[derive(Serialize)]
struct Outer<'a, C> {
    policy: String,
    style: String,
    script: String,
    version: &'static str,
    #[serde(flatten)]
    inner: &'a C,
}

impl Template {
    /// The template filled with a context.
    pub(super) fn fill(&self, context: &impl Serialize) -> Result<String, Unrenderable> {
        let style = format!("{COMMON}{}", self.style);
        let script = format!("{CHARTS}{}", self.script);
        let policy = format!(
            "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
            hash(&style),
            hash(&script)
        );
        let outer = Outer { policy, style, script, version: env!("CARGO_PKG_VERSION"), inner: context };
        let mut environment = minijinja::Environment::new();
        environment.add_template("base.html", BASE)?;
        environment.add_template("parts.html", PARTS)?;
        environment.add_template(self.name, self.text)?;
        Ok(environment.get_template(self.name)?.render(Value::from(Serde(outer)))?)
    }
}

/// As a content security policy names a script (CSP level 3, 2.3.1).
fn hash(text: &str) -> String {
    format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes())))
}
