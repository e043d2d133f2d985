//! What ranks say to each other about work. A byte says which message it is.

/// A message between two ranks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The sender has too little to do.
    Ask,
    /// The answer: work, coded by whoever does it; nothing if the sender can spare none.
    Give(Vec<u8>),
}

const ASK: u8 = 0;
const GIVE: u8 = 1;

impl Message {
    /// As it is sent.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Ask => vec![ASK],
            Self::Give(work) => {
                let mut coded = Vec::with_capacity(1 + work.len());
                coded.push(GIVE);
                coded.extend_from_slice(work);
                coded
            }
        }
    }

    /// What was sent.
    ///
    /// # Panics
    /// If no [`Message::encode`] made these bytes.
    #[must_use]
    pub fn decode(mut coded: Vec<u8>) -> Self {
        match coded.first() {
            Some(&ASK) => Self::Ask,
            Some(&GIVE) => {
                coded.remove(0);
                Self::Give(coded)
            }
            other => panic!("all ranks are the same program; this message begins with {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_arrives_as_it_was_sent() {
        for message in [Message::Ask, Message::Give(Vec::new()), Message::Give(vec![0, 1, 255])] {
            assert_eq!(Message::decode(message.encode()), message);
        }
    }
}
