//! `tenantry admin create`: the first platform admin, and further ones.

use std::io::BufRead as _;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::demo::random_password;
use super::operator;
use super::output::{Output, Refusal};
use crate::domain::FieldError;
use crate::domain::email::Email;
use crate::domain::name::Name;
use crate::domain::password::{MAX_LENGTH, check_new_password};
use crate::domain::staff::{ManageStaff, StaffRole};
use crate::store::Store;
use crate::store::passwords::Passwords;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long)]
    email: String,
    /// Name of the person; else made from the e-mail
    #[arg(long)]
    name: Option<String>,
    /// owner, operator, support, billing or read_only; the first one is an owner
    #[arg(long, default_value = "owner", value_parser = clap::builder::PossibleValuesParser::new(StaffRole::ALL.map(StaffRole::as_str)))]
    role: String,
    /// Read the password from the first line of standard input; else it is TENANTRY_ADMIN_PASSWORD, else a random one is printed
    #[arg(long)]
    password_stdin: bool,
}

/// Email and name, or all that is wrong with them.
fn parse(args: &Args) -> Result<(Email, Name), Refusal> {
    let mut errors = Vec::new();
    let email = args.email.parse::<Email>().map_err(|error| errors.push(FieldError::new("email", error))).ok();
    // Without a name and without an address to make one from, the address is all there is to say.
    let name = args.name.clone().or_else(|| email.as_ref().map(Email::as_name));
    let name = name.and_then(|name| name.parse::<Name>().map_err(|error| errors.push(FieldError::new("name", error))).ok());
    match (email, name) {
        (Some(email), Some(name)) => Ok((email, name)),
        _ => Err(Refusal::fields(errors)),
    }
}

/// The password that was given, if one was.
fn given_password(from_stdin: bool) -> Result<Option<SecretString>, Refusal> {
    if !from_stdin {
        return Ok(std::env::var("TENANTRY_ADMIN_PASSWORD").ok().filter(|password| !password.is_empty()).map(SecretString::from));
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|error| Refusal::new(format!("Standard input cannot be read: {error}")))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.chars().count() > MAX_LENGTH {
        return Err(Refusal::new("The password: use at most 128 characters."));
    }
    Ok(Some(password.to_owned().into()))
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let (email, name) = parse(&args)?;
    let role: StaffRole = args.role.parse().map_err(|error| Refusal::field("role", error))?;
    let given = given_password(args.password_stdin)?;
    if let Some(password) = &given {
        check_new_password(password.expose_secret(), &[email.as_str(), name.as_str()])
            .map_err(|error| Refusal::new(format!("The password: {error}")))?;
    }
    let password = given.clone().unwrap_or_else(random_password);
    let what = format!("the account {email}");
    let refusal = |error| Refusal::of(error, &what);
    let hash = Passwords::default().hash(password.clone()).await.map_err(refusal)?;
    let mut tx = store.platform::<ManageStaff>(&operator()).await.map_err(refusal)?;
    tx.create_platform_admin(&email, &name, &hash, role).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    let shown = given.is_none().then(|| password.expose_secret());
    if out.is_json() {
        return out.document(&json!({ "email": email, "name": name, "role": role, "password": shown }));
    }
    out.line(&format!("{name} <{email}> is a platform admin: {}.", role.label().to_lowercase()))?;
    match shown {
        Some(password) => out.line(&format!("Password, shown this once: {password}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_names_its_option() {
        let args = Args { email: "nobody".into(), name: Some("<b>".into()), role: "owner".into(), password_stdin: false };
        let Err(Refusal::Refused { errors, .. }) = parse(&args) else { panic!("both are wrong") };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["email", "name"]);
        let Err(Refusal::Refused { errors, .. }) = parse(&Args { name: None, ..args }) else { panic!("the address is wrong") };
        assert_eq!(errors.len(), 1);
    }
}
