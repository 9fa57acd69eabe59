//! Pleasant ways to make and change drafts and outcomes.

use crate::{Draft, Field, Outcome, Reference, Rejection, Tag, Value};

impl Draft {
    /// An empty draft of a NetBox model: `virtualization.virtualmachine`.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Draft;
    /// let vlan = Draft::new("ipam.vlan").with("vid", 20_u16).text("name", "Servers");
    /// assert_eq!(vlan.kind, "ipam.vlan");
    /// assert_eq!(vlan.fields.len(), 2);
    /// ```
    pub fn new(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            key: Vec::new(),
            fields: Vec::new(),
            custom_fields: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// A draft with the two fields by which NetBox names most shared objects. The slug is made of the name.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Draft;
    /// let role = Draft::named("dcim.devicerole", "Web server");
    /// assert_eq!(role.get_text("name"), Some("Web server"));
    /// assert_eq!(role.get_text("slug"), Some("web-server"));
    /// ```
    pub fn named(kind: impl Into<String>, name: &str) -> Self {
        Self::new(kind).with("name", name).with("slug", crate::slug(name))
    }

    /// An empty draft of the object that a reference names, for a companion.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, guest_interface};
    /// let interface = Draft::about(guest_interface(101, "net0")).text("description", "uplink");
    /// assert_eq!(interface.kind, "virtualization.vminterface");
    /// assert_eq!(interface.key, guest_interface(101, "net0").key);
    /// ```
    pub fn about(reference: Reference) -> Self {
        Self { key: reference.key, ..Self::new(reference.kind) }
    }

    /// Sets a field; what was there under that name is replaced. `None` clears the field in NetBox.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Value};
    /// let vm = Draft::new("virtualization.virtualmachine").with("memory", 1024).with("memory", 2048);
    /// assert_eq!(vm.get("memory"), Some(&Value::Integer(2048)));
    /// assert_eq!(vm.with("memory", None::<u32>).get("memory"), Some(&Value::Null));
    /// ```
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.fields, name, value.into());
        self
    }

    /// Sets a field that the source states; with `None` the field is not in the draft, and NetBox keeps what is there.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Value};
    /// let interface = Draft::new("dcim.interface").stated("mtu", Some(9000)).stated("speed", None::<u32>);
    /// assert_eq!(interface.get("mtu"), Some(&Value::Integer(9000)));
    /// assert_eq!(interface.get("speed"), None);
    /// ```
    #[must_use]
    pub fn stated(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Sets a text field or a choice.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Draft;
    /// let vm = Draft::new("virtualization.virtualmachine").text("status", "paused");
    /// assert_eq!(vm.get_text("status"), Some("paused"));
    /// ```
    #[must_use]
    pub fn text(self, name: &str, value: impl Into<String>) -> Self {
        self.with(name, Value::Text(value.into()))
    }

    /// Sets a field that names another object.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, tenant};
    /// let vm = Draft::new("virtualization.virtualmachine").reference("tenant", tenant("acme"));
    /// assert_eq!(vm.get("tenant"), Some(&tenant("acme").into()));
    /// ```
    #[must_use]
    pub fn reference(self, name: &str, value: Reference) -> Self {
        self.with(name, value)
    }

    /// Sets a decimal field from its exact text: `2.00`.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Value};
    /// let vm = Draft::new("virtualization.virtualmachine").decimal("vcpus", "0.50");
    /// assert_eq!(vm.get("vcpus"), Some(&Value::Decimal("0.50".to_owned())));
    /// ```
    #[must_use]
    pub fn decimal(self, name: &str, value: impl Into<String>) -> Self {
        self.with(name, Value::Decimal(value.into()))
    }

    /// Clears a field in NetBox.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Value};
    /// let vm = Draft::new("virtualization.virtualmachine").null("role");
    /// assert_eq!(vm.get("role"), Some(&Value::Null));
    /// ```
    #[must_use]
    pub fn null(self, name: &str) -> Self {
        self.with(name, Value::Null)
    }

    /// Leaves a field to whoever owns it in NetBox.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Draft;
    /// let usual = Draft::new("virtualization.virtualmachine").text("description", "from Proxmox");
    /// assert_eq!(usual.without("description").get("description"), None);
    /// ```
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|field| field.name != name);
        self
    }

    /// Sets a custom field. Those not named stay.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Value};
    /// let vm = Draft::new("virtualization.virtualmachine").custom("owner", "Ada").custom("cost_centre", 4711);
    /// assert_eq!(vm.get_custom("owner"), Some(&Value::Text("Ada".to_owned())));
    /// ```
    #[must_use]
    pub fn custom(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.custom_fields, name, value.into());
        self
    }

    /// Leaves a custom field to whoever owns it in NetBox.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Draft;
    /// let vm = Draft::new("virtualization.virtualmachine").custom("proxmox_notes", "secret plans");
    /// assert_eq!(vm.without_custom("proxmox_notes").get_custom("proxmox_notes"), None);
    /// ```
    #[must_use]
    pub fn without_custom(mut self, name: &str) -> Self {
        self.custom_fields.retain(|field| field.name != name);
        self
    }

    /// Adds a tag. Those not named stay.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Tag};
    /// let vm = Draft::new("virtualization.virtualmachine").tag(Tag::new("PCI scope", "f44336"));
    /// assert_eq!(vm.tags[0].slug, "pci-scope");
    /// ```
    #[must_use]
    pub fn tag(mut self, tag: Tag) -> Self {
        if self.tags.iter().all(|known| known.slug != tag.slug) {
            self.tags.push(tag);
        }
        self
    }

    /// Takes a tag back that somebody below has added. One that NetBox has already stays there.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, proxbox_tag};
    /// let vm = Draft::new("virtualization.virtualmachine").tag(proxbox_tag()).without_tag("proxbox");
    /// assert_eq!(vm.tags, []);
    /// ```
    #[must_use]
    pub fn without_tag(mut self, slug: &str) -> Self {
        self.tags.retain(|tag| tag.slug != slug);
        self
    }

    /// Says which object is meant, when neither the fact nor the fields do.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, node};
    /// let device = Draft::new("dcim.device").key("proxmox-node", "pve1").text("serial", "S1");
    /// assert_eq!(device.key, node("pve1").key);
    /// ```
    #[must_use]
    pub fn key(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.key.push((name.into(), value.into()));
        self
    }

    /// The value of a field, when the draft has it.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Value};
    /// let vm = Draft::new("virtualization.virtualmachine").with("memory", 2048);
    /// assert_eq!(vm.get("memory"), Some(&Value::Integer(2048)));
    /// assert_eq!(vm.get("disk"), None);
    /// ```
    pub fn get(&self, name: &str) -> Option<&Value> {
        get(&self.fields, name)
    }

    /// The text of a field, when the draft has it and it holds text.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Draft;
    /// let vm = Draft::new("virtualization.virtualmachine").text("name", "web").with("memory", 2048);
    /// assert_eq!(vm.get_text("name"), Some("web"));
    /// assert_eq!(vm.get_text("memory"), None);
    /// ```
    pub fn get_text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a custom field, when the draft has it.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Value};
    /// let vm = Draft::new("virtualization.virtualmachine").custom("backed_up", true);
    /// assert_eq!(vm.get_custom("backed_up"), Some(&Value::Flag(true)));
    /// ```
    pub fn get_custom(&self, name: &str) -> Option<&Value> {
        get(&self.custom_fields, name)
    }
}

fn set(fields: &mut Vec<Field>, name: &str, value: Value) {
    match fields.iter_mut().find(|field| field.name == name) {
        Some(field) => field.value = value,
        None => fields.push(Field { name: name.to_owned(), value }),
    }
}

fn get<'fields>(fields: &'fields [Field], name: &str) -> Option<&'fields Value> {
    fields.iter().find(|field| field.name == name).map(|field| &field.value)
}

impl Tag {
    /// A tag; the slug is made of the name. The colour is six hexadecimal digits, lower case.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Tag;
    /// let tag = Tag::new("Customer A", "2196f3");
    /// assert_eq!((tag.name.as_str(), tag.slug.as_str()), ("Customer A", "customer-a"));
    /// ```
    pub fn new(name: &str, color: &str) -> Self {
        Self { name: name.to_owned(), slug: crate::slug(name), color: color.to_owned() }
    }
}

impl Outcome {
    /// Keeps one object.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Outcome};
    /// let vlan = Draft::new("ipam.vlan").with("vid", 20_u16);
    /// assert_eq!(Outcome::object(vlan.clone()), Outcome::Keep(vec![vlan.clone()]));
    /// assert_eq!(Outcome::object(vlan.clone()), vlan.into());
    /// ```
    pub fn object(draft: Draft) -> Self {
        Self::Keep(vec![draft])
    }

    /// Leaves the fact out, for a reason shown to the operator.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Outcome;
    /// assert_eq!(Outcome::leave_out("it is a template"), Outcome::Skip("it is a template".to_owned()));
    /// ```
    pub fn leave_out(reason: impl Into<String>) -> Self {
        Self::Skip(reason.into())
    }

    /// Changes the draft of the fact's own object; a fact that was skipped or rejected stays so.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Outcome};
    /// let usual = Outcome::object(Draft::new("ipam.vlan").text("name", "VLAN 20"));
    /// let named = usual.edit(|vlan| vlan.text("name", "Servers"));
    /// assert_eq!(named.own().and_then(|vlan| vlan.get_text("name")), Some("Servers"));
    ///
    /// let skipped = Outcome::leave_out("not ours");
    /// assert_eq!(skipped.clone().edit(|vlan| vlan.text("name", "Servers")), skipped);
    /// ```
    #[must_use]
    pub fn edit(mut self, change: impl FnOnce(Draft) -> Draft) -> Self {
        if let Self::Keep(drafts) = &mut self
            && let Some(own) = drafts.first_mut()
        {
            replace(own, change);
        }
        self
    }

    /// Adds an object that this one needs or brings along.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Outcome, tenant};
    /// let vm = Outcome::object(Draft::new("virtualization.virtualmachine").reference("tenant", tenant("acme")))
    ///     .bring(Draft::named("tenancy.tenant", "Acme"));
    /// assert_eq!(vm.companions()[0].kind, "tenancy.tenant");
    /// ```
    #[must_use]
    pub fn bring(mut self, companion: Draft) -> Self {
        if let Self::Keep(drafts) = &mut self {
            drafts.push(companion);
        }
        self
    }

    /// Changes what comes along with the object: roles, sites, types, parts.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Outcome};
    /// let usual = Outcome::object(Draft::new("dcim.device")).bring(Draft::named("dcim.devicerole", "Node"));
    /// let red = usual.edit_companions(|it| match it.kind.as_str() {
    ///     "dcim.devicerole" => it.text("color", "f44336"),
    ///     _ => it,
    /// });
    /// assert_eq!(red.companions()[0].get_text("color"), Some("f44336"));
    /// ```
    #[must_use]
    pub fn edit_companions(mut self, mut change: impl FnMut(Draft) -> Draft) -> Self {
        if let Self::Keep(drafts) = &mut self {
            drafts.iter_mut().skip(1).for_each(|draft| replace(draft, &mut change));
        }
        self
    }

    /// Keeps only some of what comes along with the object, such as all but a site that is not needed any more.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Outcome};
    /// let usual = Outcome::object(Draft::new("dcim.device")).bring(Draft::named("dcim.site", "Default"));
    /// let alone = usual.retain_companions(|companion| companion.kind != "dcim.site");
    /// assert_eq!(alone, Outcome::object(Draft::new("dcim.device")));
    /// ```
    #[must_use]
    pub fn retain_companions(mut self, mut keep: impl FnMut(&Draft) -> bool) -> Self {
        if let Self::Keep(drafts) = &mut self {
            let mut position = 0;
            drafts.retain(|draft| {
                position += 1;
                position == 1 || keep(draft)
            });
        }
        self
    }

    /// The draft of the fact's own object; none when the fact is not kept.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Outcome};
    /// let vlan = Draft::new("ipam.vlan").with("vid", 20_u16);
    /// assert_eq!(Outcome::object(vlan.clone()).own(), Some(&vlan));
    /// assert_eq!(Outcome::leave_out("not ours").own(), None);
    /// ```
    pub fn own(&self) -> Option<&Draft> {
        match self {
            Self::Keep(drafts) => drafts.first(),
            Self::Skip(_) | Self::Reject(_) => None,
        }
    }

    /// What comes along with the object; nothing when the fact is not kept.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Draft, Outcome};
    /// let tenant = Draft::named("tenancy.tenant", "Acme");
    /// let vm = Outcome::object(Draft::new("virtualization.virtualmachine")).bring(tenant.clone());
    /// assert_eq!(vm.companions(), [tenant]);
    /// ```
    pub fn companions(&self) -> &[Draft] {
        match self {
            Self::Keep(drafts) => drafts.get(1..).unwrap_or_default(),
            Self::Skip(_) | Self::Reject(_) => &[],
        }
    }
}

fn replace(draft: &mut Draft, change: impl FnOnce(Draft) -> Draft) {
    *draft = change(std::mem::replace(draft, Draft::new(String::new())));
}

impl Rejection {
    /// A rejection with a stable kebab-case code and one sentence for the operator.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Outcome, Rejection};
    /// let wrong = Rejection::new("no-owner", "The notes name no owner.");
    /// assert_eq!(wrong.code, "no-owner");
    /// assert!(matches!(Outcome::from(wrong), Outcome::Reject(_)));
    /// ```
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), field: None }
    }

    /// Names the field of the fact at fault.
    ///
    /// ```
    /// # use proxbox_transform_sdk::Rejection;
    /// let wrong = Rejection::new("no-owner", "The notes name no owner.").of("notes");
    /// assert_eq!(wrong.field.as_deref(), Some("notes"));
    /// ```
    #[must_use]
    pub fn of(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

impl From<Rejection> for Outcome {
    fn from(rejection: Rejection) -> Self {
        Self::Reject(rejection)
    }
}

impl From<Draft> for Outcome {
    fn from(draft: Draft) -> Self {
        Self::object(draft)
    }
}
