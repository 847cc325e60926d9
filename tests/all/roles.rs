//! Who may do what, as a table that a change must change too.

use std::fmt::Write as _;

use tenantry::domain::capability::MATRIX;
use tenantry::domain::role::Role;

#[test]
fn roles_and_capabilities_are_as_agreed() {
    let mut table = format!("{:<16}", "");
    for role in Role::ALL {
        write!(table, "{:>8}", role.as_str()).expect("a string takes all");
    }
    table.push_str("       key");
    for right in MATRIX {
        write!(table, "\n{:<16}", right.name).expect("a string takes all");
        for role in Role::ALL {
            write!(table, "{:>8}", if role >= right.least { "yes" } else { "-" }).expect("a string takes all");
        }
        write!(table, "{:>10}", right.scope.map_or("-", |scope| scope.as_str())).expect("a string takes all");
    }
    assert_eq!(table.trim(), include_str!("golden/roles.txt").trim(), "\n{table}\n");
}
