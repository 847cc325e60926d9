//! Sample data: documents and conversations that make a new tenant look lived in, for trying things out and for showing them.
//!
//! Everybody in it is made up. The same set is the same text every time.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::thread::Speaker;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SampleSet {
    /// 50 conversations with customers of a shop, three documents.
    CustomerSupport,
    /// 20 conversations with colleagues, three documents.
    InternalKnowledge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose one of the list.")]
pub struct UnknownSample;

impl FromStr for SampleSet {
    type Err = UnknownSample;

    fn from_str(text: &str) -> Result<Self, UnknownSample> {
        SampleSet::ALL.into_iter().find(|set| set.as_str() == text).ok_or(UnknownSample)
    }
}

/// A text document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleDocument {
    pub name: &'static str,
    pub text: &'static str,
}

/// A conversation: its messages in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleThread {
    pub title: String,
    pub messages: Vec<(Speaker, String)>,
    /// How long ago it began.
    pub minutes_ago: i32,
    /// Which of the tenant's agents answers; of fewer agents it goes round.
    pub agent: usize,
}

impl SampleSet {
    pub const ALL: [SampleSet; 2] = [SampleSet::CustomerSupport, SampleSet::InternalKnowledge];

    pub fn as_str(self) -> &'static str {
        match self {
            SampleSet::CustomerSupport => "customer-support",
            SampleSet::InternalKnowledge => "internal-knowledge",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            SampleSet::CustomerSupport => "Customer support: 50 conversations, 3 documents",
            SampleSet::InternalKnowledge => "Internal knowledge: 20 conversations, 3 documents",
        }
    }

    pub fn documents(self) -> &'static [SampleDocument] {
        match self {
            SampleSet::CustomerSupport => SUPPORT_DOCUMENTS,
            SampleSet::InternalKnowledge => INTERNAL_DOCUMENTS,
        }
    }

    fn topics(self) -> (&'static [Topic], &'static [(&'static str, &'static str)]) {
        match self {
            SampleSet::CustomerSupport => (SUPPORT_TOPICS, CUSTOMERS),
            SampleSet::InternalKnowledge => (INTERNAL_TOPICS, COLLEAGUES),
        }
    }

    /// How many conversations it has.
    pub fn threads(self) -> usize {
        let (topics, people) = self.topics();
        topics.len() * people.len()
    }

    /// The conversation with this number, from 0: the oldest first.
    pub fn thread(self, n: usize) -> Option<SampleThread> {
        let (topics, people) = self.topics();
        let topic = topics.get(n % topics.len())?;
        let (person, thing) = people.get(n / topics.len())?;
        let fill =
            |text: &str| text.replace("{person}", person).replace("{thing}", thing).replace("{number}", &(4_201 + 7 * n).to_string());
        let messages = topic.messages.iter().map(|(speaker, text)| (*speaker, fill(text))).collect();
        // One every five hours, the last one an hour ago.
        let minutes_ago = i32::try_from(60 + (self.threads() - 1 - n) * 300).unwrap_or(60);
        Some(SampleThread { title: fill(topic.title), messages, minutes_ago, agent: topic.agent })
    }

    /// How many messages all conversations have.
    pub fn messages(self) -> usize {
        let (topics, people) = self.topics();
        topics.iter().map(|topic| topic.messages.len()).sum::<usize>() * people.len()
    }

    /// How many bytes all documents have.
    pub fn bytes(self) -> usize {
        self.documents().iter().map(|document| document.text.len()).sum()
    }
}

struct Topic {
    title: &'static str,
    agent: usize,
    messages: &'static [(Speaker, &'static str)],
}

use Speaker::{Assistant, User};

const CUSTOMERS: &[(&str, &str)] =
    &[("Mara", "trail jacket"), ("Jonas", "camping stove"), ("Amina", "headlamp"), ("Pedro", "rain cover"), ("Linh", "sleeping bag")];

const SUPPORT_TOPICS: &[Topic] = &[
    Topic {
        title: "Where is order {number}?",
        agent: 0,
        messages: &[
            (User, "Hello, I ordered a {thing} last week, order {number}. It has not arrived yet."),
            (
                Assistant,
                "Hello {person}, I am sorry for the wait. Order {number} left our warehouse on Monday and is with the carrier. It should be with you within two working days.",
            ),
            (User, "Good, thank you. Can I follow it somewhere?"),
            (Assistant, "Yes: the link is in the mail called “Your order is on its way”. I have just sent it to you again."),
        ],
    },
    Topic {
        title: "Return of the {thing}",
        agent: 0,
        messages: &[
            (User, "The {thing} does not fit me. Can I send it back?"),
            (Assistant, "Of course. You have 30 days from its arrival. Would you like another size, or the money back?"),
            (User, "The money back, please."),
            (
                Assistant,
                "I have mailed you a return label for order {number}. The refund goes to the card that you paid with, within five days after the parcel has reached us.",
            ),
        ],
    },
    Topic {
        title: "{thing} does not work",
        agent: 1,
        messages: &[
            (User, "My {thing} stopped working after two evenings."),
            (Assistant, "That should not happen. Has it become wet, or has it fallen down?"),
            (User, "Neither. I used it as the manual says."),
            (
                Assistant,
                "Then it is a case for the warranty. Please send a photo of the serial number; a new one leaves our warehouse on the day on which we have it.",
            ),
            (User, "Here it is: SN-{number}."),
            (Assistant, "Thank you, {person}. The replacement is booked, and you need not send the old one back."),
        ],
    },
    Topic {
        title: "Invoice for order {number}",
        agent: 2,
        messages: &[
            (User, "I need an invoice with our company's address for order {number}."),
            (Assistant, "Gladly. Which name and address should stand on it?"),
            (User, "Northwind Hiking, 12 Harbour Street, and our VAT number, please."),
            (Assistant, "Done: the new invoice is in your account under “Orders”, and a copy is in your mail."),
        ],
    },
    Topic {
        title: "Charged twice?",
        agent: 2,
        messages: &[
            (User, "My statement shows the {thing} two times."),
            (
                Assistant,
                "I see one payment and one reservation for order {number}. The reservation is not taken; your bank lets it go within three working days.",
            ),
            (User, "So I do not have to do anything?"),
            (Assistant, "Right. If it is still there on Friday, write to us here and we settle it with your bank."),
        ],
    },
    Topic {
        title: "How do I wash the {thing}?",
        agent: 1,
        messages: &[
            (User, "Can the {thing} go into the washing machine?"),
            (
                Assistant,
                "At 30 °C on the gentle cycle, without softener, and not into the dryer. The care sheet in our help centre has a table for every material.",
            ),
            (User, "Perfect, thanks!"),
        ],
    },
    Topic {
        title: "Change of address",
        agent: 0,
        messages: &[
            (User, "I have moved. Can order {number} go to my new address?"),
            (
                Assistant,
                "It has not left yet, so yes. Please confirm the new address in your account; I have held the parcel back until this evening.",
            ),
            (User, "Confirmed."),
            (Assistant, "Thank you, {person}. It leaves tomorrow morning to the new address."),
        ],
    },
    Topic {
        title: "Is the {thing} in stock in the shop?",
        agent: 0,
        messages: &[
            (User, "Do you have the {thing} in the shop at the station?"),
            (Assistant, "Two are left there. I can put one aside for you until tomorrow evening."),
            (User, "Yes please, my name is {person}."),
            (Assistant, "It waits at the counter under the number {number}."),
        ],
    },
    Topic {
        title: "Discount code is refused",
        agent: 2,
        messages: &[
            (User, "The code from your newsletter does not work for the {thing}."),
            (Assistant, "It is valid from an order of 50 euros on, and yours comes to 44. With a pair of socks it would work."),
            (User, "Ha, all right."),
        ],
    },
    Topic {
        title: "Setting up the {thing}",
        agent: 1,
        messages: &[
            (User, "I do not understand step 4 of the manual of the {thing}."),
            (
                Assistant,
                "You are not the first. The small valve has to point towards you before you close the lid; there is a film of it in the help centre.",
            ),
            (User, "Now it closes. Thank you for the quick help!"),
            (Assistant, "My pleasure, {person}. Enjoy the trip!"),
        ],
    },
];

const SUPPORT_DOCUMENTS: &[SampleDocument] = &[
    SampleDocument {
        name: "Returns and refunds.md",
        text: "# Returns and refunds\n\n\
               Everything can be sent back within 30 days of its arrival, unused and with its labels.\n\n\
               1. Ask for a label in the account, or in the chat.\n\
               2. Put the slip into the parcel.\n\
               3. Leave the parcel at any counter of the carrier.\n\n\
               The refund goes to the card or account that paid, within five days after the parcel has reached the warehouse. Shipping back is\n\
               free in the country of the order. Sale items are exchanged, not refunded.\n",
    },
    SampleDocument {
        name: "Warranty.md",
        text: "# Warranty\n\n\
               Two years from the day of purchase on material and workmanship. What is not covered: wear, water in devices below IPX4, repairs by\n\
               others.\n\n\
               Ask for the serial number (SN-...) and a photo. A replacement leaves on the same day when both are there before 15:00. Repairs\n\
               take ten working days; tell the customer before sending anything out.\n",
    },
    SampleDocument {
        name: "Shipping times.md",
        text: "# Shipping times\n\n\
               | destination | standard | express |\n|---|---|---|\n\
               | same country | 2 to 3 working days | next working day |\n\
               | neighbouring countries | 3 to 5 working days | 2 working days |\n\
               | elsewhere | 5 to 10 working days | 3 working days |\n\n\
               Orders before 14:00 leave on the same day. Gas cartridges and batteries never go by air.\n",
    },
];

const COLLEAGUES: &[(&str, &str)] = &[("Noor", "laptop"), ("Timo", "phone"), ("Grace", "monitor"), ("Ravi", "badge")];

const INTERNAL_TOPICS: &[Topic] = &[
    Topic {
        title: "How many days of leave are left?",
        agent: 0,
        messages: &[
            (User, "How do I see how many days of leave I have?"),
            (
                Assistant,
                "In the people portal under “Time”. The handbook gives 28 days a year; what is left in December can be used until the end of March.",
            ),
        ],
    },
    Topic {
        title: "A new {thing}",
        agent: 1,
        messages: &[
            (User, "My {thing} is three years old and slow. Can I get a new one?"),
            (
                Assistant,
                "Yes, after three years you may choose from the list. I have opened request {number} for you; your lead confirms it with one click.",
            ),
            (User, "Thanks!"),
        ],
    },
    Topic {
        title: "Travel to a customer",
        agent: 0,
        messages: &[
            (User, "Which class may I book for a train of five hours?"),
            (
                Assistant,
                "From four hours on first class, says chapter 6 of the handbook. Book with the company account so that nobody has to pay in advance.",
            ),
        ],
    },
    Topic {
        title: "Locked out of the VPN",
        agent: 1,
        messages: &[
            (User, "The VPN says that my {thing} is not known."),
            (
                Assistant,
                "It was enrolled anew last week and has another certificate. Remove the old profile and open the self-service page; it takes a minute.",
            ),
            (User, "Works again."),
        ],
    },
    Topic {
        title: "First day of a new colleague",
        agent: 0,
        messages: &[
            (User, "What does {person} need on the first day?"),
            (
                Assistant,
                "The checklist “First day” has eight points: contract, badge, {thing}, accounts, a buddy, the tour, lunch, and the first task.",
            ),
            (User, "Who makes the accounts?"),
            (Assistant, "They are made by themselves from the people portal, on the evening before."),
        ],
    },
];

const INTERNAL_DOCUMENTS: &[SampleDocument] = &[
    SampleDocument {
        name: "Handbook.md",
        text: "# Handbook\n\n\
               ## Working hours\n\nThe core is 10 to 15 o'clock. Everybody notes their hours themselves.\n\n\
               ## Leave\n\n28 days a year. What is left in December can be used until the end of March. Ask your team before you ask the portal.\n\n\
               ## Travel\n\nTrains before planes. First class from four hours on. Receipts within two weeks.\n",
    },
    SampleDocument {
        name: "Devices.md",
        text: "# Devices\n\nLaptops after three years, phones after two, monitors when they break. Choose from the list in the portal.\n\n\
               A lost device is reported at once, at any hour: it is locked and wiped from afar.\n",
    },
    SampleDocument {
        name: "First day.md",
        text: "# First day\n\n- contract signed\n- badge\n- laptop\n- accounts\n- a buddy\n- the tour\n- lunch with the team\n- the first task\n",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::FileName;
    use crate::domain::name::Name;
    use crate::domain::thread::Content;

    #[test]
    fn every_set_is_what_its_label_says_and_fits_where_it_goes() {
        assert_eq!((SampleSet::CustomerSupport.threads(), SampleSet::InternalKnowledge.threads()), (50, 20));
        for set in SampleSet::ALL {
            assert_eq!(set.as_str().parse(), Ok(set));
            assert!(set.label().contains(&format!("{} conversations, {} documents", set.threads(), set.documents().len())));
            let threads: Vec<SampleThread> = (0..).map_while(|n| set.thread(n)).collect();
            assert_eq!(threads.len(), set.threads());
            assert_eq!(threads.iter().map(|thread| thread.messages.len()).sum::<usize>(), set.messages());
            assert!(threads.is_sorted_by(|a, b| a.minutes_ago > b.minutes_ago), "the oldest comes first");
            for thread in &threads {
                assert!(thread.title.parse::<Name>().is_ok(), "{}", thread.title);
                for (_, text) in &thread.messages {
                    assert!(text.parse::<Content>().is_ok() && !text.contains(['{', '}']), "{text}");
                }
            }
            let mut texts: Vec<String> = threads.iter().map(|thread| format!("{:?}", thread.messages)).collect();
            texts.sort();
            texts.dedup();
            assert!(texts.len() > set.threads() / 2, "most of them say something of their own");
            for document in set.documents() {
                assert!(document.name.parse::<FileName>().is_ok() && !document.text.is_empty());
            }
        }
    }
}
