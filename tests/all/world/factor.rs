//! Second factors of people of the tests', and what their apps show.

use tenantry::domain::ids::UserId;
use tenantry::domain::totp::TotpSecret;
use tenantry::store::tokens::SecretKey;

use super::World;

/// What the people of the tests share with their apps.
const SECRET: &[u8; 20] = b"a secret of 20 bytes";

/// The key of every test's store.
fn key() -> SecretKey {
    SecretKey::new(String::from("a key for tests").into())
}

impl World {
    /// Gives this person a second factor past every form.
    pub async fn plant_factor(&self, user: UserId) {
        let sealed = hex(&key().seal(user, SECRET));
        self.sql(&format!("insert into second_factors (user_id, secret, last_step) values ('{user}', '\\x{sealed}', 0)")).await;
    }

    /// Lets the set-up that waits for this person be about the secret that the tests know.
    pub async fn plant_setup(&self, user: UserId) {
        let sealed = hex(&key().seal(user, SECRET));
        self.sql(&format!("update second_factor_setups set secret = '\\x{sealed}' where user_id = '{user}'")).await;
    }

    /// What the planted secret's app shows so many steps from now, by the database's clock. While a test runs a step may pass: what must
    /// work is asked for now or one ahead, what must not at least two back.
    pub async fn code(&self, away: i64) -> String {
        let now = self.number("select floor(extract(epoch from clock_timestamp()))::bigint").await;
        format!("{:06}", TotpSecret::new(SECRET.to_vec()).expect("20 bytes").code(now + away * 30))
    }

    /// What the app shows of the secret that waits to be confirmed.
    pub async fn setup_secret(&self, user: UserId) -> TotpSecret {
        let sealed = self.text(&format!("select encode(secret, 'hex') from second_factor_setups where user_id = '{user}'")).await;
        let sealed: Vec<u8> = (0..sealed.len()).step_by(2).map(|at| u8::from_str_radix(&sealed[at..at + 2], 16).expect("hex")).collect();
        TotpSecret::new(key().open(user, &sealed).expect("sealed for this person")).expect("20 bytes")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
