//! How an invoice is paid: one interface, whoever collects.
//!
//! A provider is asked in the transaction that makes the invoice and answers at once; one that has to call somebody queues a job for it.

use chrono::{Days, NaiveDate};

use super::money::Usd;

/// What a provider is told.
#[derive(Debug, Clone, Copy)]
pub struct Payable<'a> {
    /// `ACME-0007`
    pub number: &'a str,
    pub total: Usd,
    pub issued_on: NaiveDate,
}

/// What the invoice says about its payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentTerms {
    pub due_on: NaiveDate,
    /// A sentence.
    pub text: String,
}

pub trait PaymentProvider: Send + Sync {
    /// As it is kept with invoices.
    fn key(&self) -> &'static str;

    fn terms(&self, payable: &Payable<'_>) -> PaymentTerms;
}

/// Paid by transfer, within 30 days.
#[derive(Debug, Clone, Copy)]
pub struct OnAccount;

const DAYS: u64 = 30;

impl PaymentProvider for OnAccount {
    fn key(&self) -> &'static str {
        "on_account"
    }

    fn terms(&self, payable: &Payable<'_>) -> PaymentTerms {
        let due_on = payable.issued_on.checked_add_days(Days::new(DAYS)).unwrap_or(payable.issued_on);
        let text = match payable.total > Usd::default() {
            true => format!("Payable within {DAYS} days by bank transfer. Name the number {} with your payment.", payable.number),
            false => "Nothing is to be paid.".to_owned(),
        };
        PaymentTerms { due_on, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoice_on_account_is_due_after_thirty_days() {
        let issued_on = "2027-02-06".parse().expect("a literal day");
        let terms = |total: &str| OnAccount.terms(&Payable { number: "ACME-0007", total: total.parse().expect("usd"), issued_on });
        assert_eq!(terms("49").due_on.to_string(), "2027-03-08");
        assert!(terms("49").text.contains("ACME-0007"));
        assert_eq!(terms("0").text, "Nothing is to be paid.");
    }
}
