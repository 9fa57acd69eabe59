//! Reading of NetBox what a run can touch: short lists as a whole, of long ones the rows that matter.

use crate::client::Netbox;
use crate::error::NetboxError;
use crate::snapshot::{fields, highest};
use proxbox_model::kind::{Kind, Reach};
use proxbox_reconcile::{Object, Question, Reaching, State};

/// Values in one request.
const MOST_VALUES: usize = 100;

/// Bytes of a request line: gunicorn takes 4,094 at most, and what stands before it may have its own idea.
const MOST_BYTES: usize = 3_400;

/// What was read of a list.
enum Listed {
    Whole(Vec<Object>),
    /// It is long, and this is its highest id.
    Long(u64),
}

/// What a list is thought to be before anything of it is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guess {
    Short,
    Long,
}

/// Rows that answer a question; none when NetBox does not know the filter.
type Answer = Option<Vec<Object>>;

impl Netbox {
    /// Reads what a run can touch, as it is now. Kinds that this NetBox lacks are left out.
    ///
    /// Objects hold what they hold in [`Netbox::snapshot`].
    ///
    /// # Errors
    /// When NetBox does not answer as it should.
    pub async fn snapshot_in_reach(&self, mut reaching: Reaching) -> Result<State, NetboxError> {
        let capabilities = self.known_capabilities().await?;
        let kinds: Vec<_> = reaching
            .kinds()
            .filter(|(kind, _)| kind.pass_of.is_none() && capabilities.supports(kind))
            .collect();
        let (by_reach, whole): (Vec<_>, Vec<_>) =
            kinds.into_iter().partition(|(_, described)| described.is_some());
        let mut by_reach = by_reach.into_iter().filter_map(|(kind, described)| Some((kind, described?)));
        let mut lists = Vec::new();
        // Where others document much, the other lists are long, too.
        let mut guess = Guess::Short;
        if let Some((kind, described)) = by_reach.next() {
            let listed = self.read_if_short(kind, described, guess).await?;
            if matches!(listed, Listed::Long(_)) {
                guess = Guess::Long;
            }
            lists.push((kind, listed));
        }
        let by_reach = by_reach.map(|(kind, described)| async move {
            Ok::<_, NetboxError>((kind, self.read_if_short(kind, described, guess).await?))
        });
        lists.extend(self.side_by_side(by_reach).await?);
        let whole = whole.into_iter().map(|(kind, _)| async move {
            Ok::<_, NetboxError>((kind, Listed::Whole(self.whole(kind).await?)))
        });
        lists.extend(self.side_by_side(whole).await?);
        let mut state = State::new();
        for (kind, listed) in lists {
            match listed {
                Listed::Whole(objects) => {
                    self.remember(kind, highest(&objects));
                    state.insert(kind, objects);
                }
                Listed::Long(highest) => {
                    self.remember(kind, highest);
                    state.add(kind, Vec::new(), []);
                }
            }
        }
        loop {
            let questions = reaching.next(&state);
            if questions.is_empty() {
                return Ok(state);
            }
            self.hear(&mut state, questions).await?;
        }
    }

    /// Asks NetBox, and takes the answers into the snapshot.
    async fn hear(&self, state: &mut State, questions: Vec<Question>) -> Result<(), NetboxError> {
        let chunks = questions.into_iter().flat_map(chunks);
        let asked = chunks.map(|question| async move { Ok((self.ask(&question).await?, question)) });
        let answers: Vec<(Answer, Question)> = self.side_by_side(asked).await?;
        for (answer, question) in answers {
            let kind = question.kind;
            match answer {
                _ if state.is_whole(kind) => {}
                Some(objects) => {
                    let ids = question.values.iter().filter(|_| question.filter == "id");
                    state.add(kind, objects, ids.filter_map(|id| id.parse().ok()));
                }
                None => {
                    tracing::warn!(
                        filter = question.filter,
                        list = kind.path,
                        "NetBox does not know the filter"
                    );
                    state.insert(kind, self.read(kind).await?);
                }
            }
        }
        Ok(())
    }

    /// The whole list, unless it is so long that the rows which a run describes are found with fewer requests.
    async fn read_if_short(
        &self,
        kind: &'static Kind,
        described: usize,
        guess: Guess,
    ) -> Result<Listed, NetboxError> {
        if let Some(rows) = self.kept_list(kind) {
            return Ok(Listed::Whole(rows));
        }
        let page = self.settings.page_size.max(1);
        // A NetBox that holds little else is read with one request a list.
        let most = match self.keeps_lists() {
            // Of a list that is kept, the next run may need the other rows.
            true => page,
            false => described + described / 4 + 50,
        };
        let at_once = guess == Guess::Short && most <= page;
        let (count, rows) = match at_once {
            true => self.newest(kind, &fields(kind), most).await?,
            false => self.newest(kind, "id", 1).await?,
        };
        if at_once && rows.len() >= count {
            self.keep_list(kind, &rows);
            return Ok(Listed::Whole(rows));
        }
        match count.div_ceil(page) <= requests_for(kind, described, page) {
            true => Ok(Listed::Whole(self.whole(kind).await?)),
            false => Ok(Listed::Long(highest(&rows))),
        }
    }

    /// Every row of a list, from memory where it is kept.
    async fn whole(&self, kind: &'static Kind) -> Result<Vec<Object>, NetboxError> {
        if let Some(rows) = self.kept_list(kind) {
            return Ok(rows);
        }
        let rows = self.read(kind).await?;
        self.keep_list(kind, &rows);
        Ok(rows)
    }

    /// The rows that a question is about. A value that NetBox does not take, such as the id of an owner that is gone meanwhile, has
    /// none.
    async fn ask(&self, question: &Question) -> Result<Answer, NetboxError> {
        let fields = fields(question.kind);
        let values: Vec<&str> = question.values.iter().map(String::as_str).collect();
        let mut left = vec![values.as_slice()];
        let mut objects = Vec::new();
        while let Some(values) = left.pop() {
            let mut query: Vec<(&str, &str)> = values.iter().map(|value| (question.filter, *value)).collect();
            query.push(("fields", &fields));
            match self.rows_after(0, question.kind, &query).await {
                Ok(rows) if rows.iter().all(|row| question.is_answered_by(row)) => objects.extend(rows),
                Ok(_) => return Ok(None),
                Err(NetboxError::Rejected { .. } | NetboxError::TooLarge { .. }) if values.len() > 1 => {
                    let (one, other) = values.split_at(values.len() / 2);
                    left.extend([one, other]);
                }
                Err(NetboxError::Rejected { status: 400, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(objects))
    }
}

/// Requests that find the rows which a run describes, about.
fn requests_for(kind: &Kind, described: usize, page: usize) -> usize {
    let lists = described.max(1).div_ceil(MOST_VALUES);
    let asked: usize = kind
        .reach
        .iter()
        .map(|reach| match reach {
            Reach::Of { filters, .. } => lists.max(filters.len()),
            Reach::Saying { .. } => lists,
            Reach::OfSource { .. } => 1,
        })
        .sum();
    asked + described / page
}

/// A question in parts that each fit into a request.
fn chunks(question: Question) -> Vec<Question> {
    let Question { kind, filter, field, values } = question;
    let room = MOST_BYTES.saturating_sub(fields(kind).len() * 3 / 2 + kind.path.len() + 200);
    let mut parts: Vec<Question> = Vec::new();
    let mut bytes = 0;
    for value in values {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"*-._ ".contains(byte);
        let size =
            filter.len() + 2 + value.bytes().map(|byte| if plain(&byte) { 1 } else { 3 }).sum::<usize>();
        match parts.last_mut().filter(|part| part.values.len() < MOST_VALUES && bytes + size <= room) {
            Some(part) => {
                part.values.insert(value);
                bytes += size;
            }
            None => {
                parts.push(Question { kind, filter, field, values: [value].into() });
                bytes = size;
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::NetboxSettings;
    use proptest::prelude::*;
    use proxbox_fakes::netbox::{FakeNetbox, Options};
    use proxbox_model::endpoint::{NetboxEndpoint, NetboxToken, TlsPolicy};
    use proxbox_model::kind::find;
    use secrecy::SecretString;
    use serde_json::{Value as Json, json};

    async fn lab() -> (FakeNetbox, Netbox) {
        let fake = FakeNetbox::start(Options::default()).await.unwrap();
        let endpoint = NetboxEndpoint {
            id: 1,
            name: "lab".to_owned(),
            url: fake.url(),
            spare_address: None,
            token: NetboxToken::V1(SecretString::from(fake.token())),
            tls: TlsPolicy::Verify,
        };
        let netbox = Netbox::new(&endpoint, NetboxSettings { page_size: 10, ..NetboxSettings::default() });
        (fake, netbox.unwrap())
    }

    async fn put(netbox: &Netbox, path: &str, rows: &[Json]) -> Vec<u64> {
        let made =
            netbox.write(reqwest::Method::POST, path, rows, crate::transport::Retry::NothingDone).await;
        made.unwrap().as_array().unwrap().iter().map(|row| row["id"].as_u64().unwrap()).collect()
    }

    fn question(kind: &str, filter: &'static str, field: &'static str, values: &[u64]) -> Question {
        let values = values.iter().map(u64::to_string).collect();
        Question { kind: find(kind).unwrap(), filter, field, values }
    }

    #[tokio::test]
    async fn an_owner_that_is_gone_meanwhile_costs_no_row_of_the_others() {
        let (_fake, netbox) = lab().await;
        let sort = put(&netbox, "virtualization/cluster-types", &[json!({"name": "a", "slug": "a"})]).await;
        let cluster = json!({"name": "a", "type": sort[0]});
        let cluster = put(&netbox, "virtualization/clusters", &[cluster]).await[0];
        let machine = |n: usize| json!({"name": format!("vm {n}"), "cluster": cluster});
        let machines =
            put(&netbox, "virtualization/virtual-machines", &(0..25).map(machine).collect::<Vec<_>>()).await;
        let card = |machine: &u64| json!({"virtual_machine": machine, "name": "net0"});
        put(&netbox, "virtualization/interfaces", &machines.iter().map(card).collect::<Vec<_>>()).await;
        let owners: Vec<u64> = machines.iter().copied().chain([4711]).collect();
        let cards = question("virtualization.vminterface", "virtual_machine_id", "virtual_machine", &owners);
        assert_eq!(netbox.ask(&cards).await.unwrap().unwrap().len(), 25);
    }

    #[tokio::test]
    async fn a_filter_that_netbox_ignores_is_noticed() {
        let (_fake, netbox) = lab().await;
        let vlan = |vid: u64| json!({"vid": vid, "name": format!("VLAN {vid}")});
        put(&netbox, "ipam/vlans", &(10..40).map(vlan).collect::<Vec<_>>()).await;
        assert_eq!(
            netbox.ask(&question("ipam.vlan", "vid", "vid", &[12, 99])).await.unwrap().unwrap().len(),
            1
        );
        assert!(netbox.ask(&question("ipam.vlan", "vid__of_old", "vid", &[12])).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_list_is_read_as_a_whole_when_that_takes_no_more_requests() {
        let (_fake, netbox) = lab().await;
        let vlan = |vid: u64| json!({"vid": vid, "name": format!("VLAN {vid}")});
        put(&netbox, "ipam/vlans", &(10..25).map(vlan).collect::<Vec<_>>()).await;
        let listed = |described| netbox.read_if_short(find("ipam.vlan").unwrap(), described, Guess::Short);
        assert!(matches!(listed(15).await.unwrap(), Listed::Whole(rows) if rows.len() == 15));
        put(&netbox, "ipam/vlans", &(100..300).map(vlan).collect::<Vec<_>>()).await;
        assert!(matches!(listed(15).await.unwrap(), Listed::Long(215)));
        assert!(matches!(listed(2000).await.unwrap(), Listed::Whole(rows) if rows.len() == 215));
    }

    proptest! {
        #[test]
        fn questions_fit_into_a_request_line(values in prop::collection::btree_set("[ -~äß漢/]{1,64}", 1..300)) {
            let kind = find("dcim.device").unwrap();
            let whole = Question { kind, filter: "name__ie", field: "name", values: values.clone() };
            let parts = chunks(whole);
            for part in &parts {
                let mut url = reqwest::Url::parse("http://netbox/netbox/api/dcim/devices/").unwrap();
                url.query_pairs_mut()
                    .extend_pairs([("limit", "1000"), ("start", "1000000000")])
                    .extend_pairs(part.values.iter().map(|value| (part.filter, value)))
                    .append_pair("fields", &fields(kind));
                prop_assert!(url.path().len() + url.query().unwrap().len() < 3_500);
            }
            let asked: std::collections::BTreeSet<String> = parts.into_iter().flat_map(|part| part.values).collect();
            prop_assert_eq!(asked, values);
        }
    }
}
