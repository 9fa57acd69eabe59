use super::{NewProxmox, ProxmoxChange, ProxmoxRecord, optional_host};
use crate::address;
use crate::cipher::Cipher;
use crate::error::{Rejected, StoreError};
use crate::row::from_row;
use crate::tls;
use proxbox_model::endpoint::{ProxmoxAuth, ProxmoxEndpoint};
use secrecy::SecretString;
use sqlx::{QueryBuilder, Sqlite};
use std::time::Duration;

/// Every column that is ours to write.
pub(crate) const COLUMNS: &[&str] = &[
    "name",
    "ip_address",
    "domain",
    "port",
    "username",
    "password",
    "verify_ssl",
    "token_name",
    "token_value",
    "timeout",
    "max_retries",
    "retry_backoff",
    "enabled",
    "ca_pem",
    "fingerprint",
    "access_methods",
    "allow_packer_template_builds",
];

pub(super) const SELECT: &str = "SELECT id, name, ip_address, domain, port, username, password, verify_ssl, token_name, token_value, timeout, \
     max_retries, retry_backoff, enabled, ca_pem, fingerprint, access_methods, allow_packer_template_builds \
     FROM proxmoxendpoint ORDER BY id";

/// As stored; secrets sealed.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) ip_address: String,
    pub(super) domain: Option<String>,
    port: i64,
    username: String,
    password: Option<String>,
    verify_ssl: bool,
    token_name: Option<String>,
    token_value: Option<String>,
    timeout: Option<i64>,
    max_retries: Option<i64>,
    retry_backoff: Option<f64>,
    pub(super) enabled: bool,
    ca_pem: Option<String>,
    fingerprint: Option<String>,
    access_methods: Option<String>,
    allow_packer_template_builds: Option<bool>,
}

from_row!(Row {
    id,
    name,
    ip_address,
    domain,
    port,
    username,
    password,
    verify_ssl,
    token_name,
    token_value,
    timeout,
    max_retries,
    retry_backoff,
    enabled,
    ca_pem,
    fingerprint,
    access_methods,
    allow_packer_template_builds
});

/// How an endpoint logs in; secrets sealed. Other releases may leave rows without any way, which can still be renamed or disabled.
struct Login {
    password: Option<String>,
    token_name: Option<String>,
    token_value: Option<String>,
}

impl Login {
    fn changed(
        self,
        password: Option<SecretString>,
        token_name: Option<String>,
        token_value: Option<SecretString>,
        cipher: &Cipher,
    ) -> Result<Self, Rejected> {
        let (password, token_name) = (seal(password, cipher), text(token_name));
        match (seal(token_value, cipher), token_name) {
            (None, Some(name)) if Some(&name) != self.token_name.as_ref() => Err(Rejected::TokenPairSplit),
            (None, None) if password.is_some() => Ok(Self { password, token_name: None, token_value: None }),
            (None, _) => Ok(Self { password: password.or(self.password), ..self }),
            (Some(_), None) => Err(Rejected::TokenPairSplit),
            (token_value, token_name) => Ok(Self { password, token_name, token_value }),
        }
    }

    fn check(&self) -> Result<(), Rejected> {
        match (self.token_name.is_some(), self.token_value.is_some()) {
            (true, true) => Ok(()),
            (false, false) if self.password.is_some() => Ok(()),
            (false, false) => Err(Rejected::CredentialsMissing),
            _ => Err(Rejected::TokenPairSplit),
        }
    }
}

impl Row {
    pub(super) fn new(new: NewProxmox, cipher: &Cipher) -> Result<Self, Rejected> {
        let login = Login {
            password: seal(new.password, cipher),
            token_name: text(new.token_name),
            token_value: seal(new.token_value, cipher),
        };
        login.check()?;
        Ok(Self {
            id: 0,
            name: new.name,
            ip_address: address::host(&new.ip_address)?,
            domain: optional_host(new.domain)?,
            port: new.port.into(),
            username: new.username,
            password: login.password,
            verify_ssl: new.verify_ssl,
            token_name: login.token_name,
            token_value: login.token_value,
            timeout: new.timeout.map(i64::from),
            max_retries: new.max_retries.map(i64::from),
            retry_backoff: new.retry_backoff,
            enabled: new.enabled,
            ca_pem: tls::certificates(new.ca_pem)?,
            fingerprint: tls::fingerprint(new.fingerprint)?,
            access_methods: new.access_methods,
            allow_packer_template_builds: new.allow_packer_template_builds,
        })
    }

    pub(super) fn changed(self, change: ProxmoxChange, cipher: &Cipher) -> Result<Self, Rejected> {
        let login =
            Login { password: self.password, token_name: self.token_name, token_value: self.token_value };
        let login = login.changed(change.password, change.token_name, change.token_value, cipher)?;
        Ok(Self {
            id: self.id,
            name: change.name.unwrap_or(self.name),
            ip_address: change.ip_address.as_deref().map_or(Ok(self.ip_address), address::host)?,
            domain: change.domain.map_or(Ok(self.domain), optional_host)?,
            port: change.port.map_or(self.port, i64::from),
            username: change.username.unwrap_or(self.username),
            password: login.password,
            verify_ssl: change.verify_ssl.unwrap_or(self.verify_ssl),
            token_name: login.token_name,
            token_value: login.token_value,
            timeout: change.timeout.map_or(self.timeout, |value| value.map(i64::from)),
            max_retries: change.max_retries.map_or(self.max_retries, |value| value.map(i64::from)),
            retry_backoff: change.retry_backoff.unwrap_or(self.retry_backoff),
            enabled: change.enabled.unwrap_or(self.enabled),
            ca_pem: change.ca_pem.map_or(Ok(self.ca_pem), tls::certificates)?,
            fingerprint: change.fingerprint.map_or(Ok(self.fingerprint), tls::fingerprint)?,
            access_methods: change.access_methods.unwrap_or(self.access_methods),
            allow_packer_template_builds: change
                .allow_packer_template_builds
                .unwrap_or(self.allow_packer_template_builds),
        })
    }

    /// The values of [`COLUMNS`], in their order.
    pub(super) fn values(&self, query: &mut QueryBuilder<Sqlite>) {
        let mut values = query.separated(", ");
        values.push_bind(self.name.clone());
        values.push_bind(self.ip_address.clone());
        values.push_bind(self.domain.clone());
        values.push_bind(self.port);
        values.push_bind(self.username.clone());
        values.push_bind(self.password.clone());
        values.push_bind(self.verify_ssl);
        values.push_bind(self.token_name.clone());
        values.push_bind(self.token_value.clone());
        values.push_bind(self.timeout);
        values.push_bind(self.max_retries);
        values.push_bind(self.retry_backoff);
        values.push_bind(self.enabled);
        values.push_bind(self.ca_pem.clone());
        values.push_bind(self.fingerprint.clone());
        values.push_bind(self.access_methods.clone());
        values.push_bind(self.allow_packer_template_builds);
    }

    pub(super) fn record(&self) -> ProxmoxRecord {
        ProxmoxRecord {
            id: self.id,
            name: self.name.clone(),
            ip_address: self.ip_address.clone(),
            domain: self.domain.clone(),
            port: self.port(),
            username: self.username.clone(),
            token_name: self.token_name.clone(),
            verify_ssl: self.verify_ssl,
            enabled: self.enabled,
            ca_pem: self.ca_pem.clone(),
            fingerprint: self.fingerprint.clone(),
            timeout: whole(self.timeout),
            max_retries: whole(self.max_retries),
            retry_backoff: self.retry_backoff,
            access_methods: self.access_methods.clone(),
            allow_packer_template_builds: self.allow_packer_template_builds,
        }
    }

    pub(super) fn endpoint(&self, cipher: &Cipher) -> Result<ProxmoxEndpoint, StoreError> {
        let auth = match (filled(self.token_name.as_ref()), filled(self.token_value.as_ref())) {
            (Some(name), Some(value)) => {
                // Proxmox shows tokens as `user@realm!name`, and that is what people paste.
                let name = name.rsplit('!').next().unwrap_or(name).to_owned();
                ProxmoxAuth::Token { name, value: cipher.open(value)? }
            }
            _ => ProxmoxAuth::Password(cipher.open(self.password.as_deref().unwrap_or_default())?),
        };
        Ok(ProxmoxEndpoint {
            id: self.id,
            name: self.name.clone(),
            domain: filled(self.domain.as_ref()).cloned(),
            ip_address: self.ip_address.split('/').next().filter(|ip| !ip.is_empty()).map(str::to_owned),
            port: self.port(),
            username: self.username.clone(),
            auth,
            tls: tls::policy(self.verify_ssl, self.ca_pem.as_deref(), self.fingerprint.as_deref()),
            timeout: whole(self.timeout)
                .filter(|seconds| *seconds > 0)
                .map(|seconds| Duration::from_secs(seconds.into())),
            max_retries: whole(self.max_retries),
            retry_backoff: self.retry_backoff.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        })
    }

    fn port(&self) -> u16 {
        u16::try_from(self.port).unwrap_or(8006)
    }
}

fn whole(value: Option<i64>) -> Option<u32> {
    value.and_then(|value| u32::try_from(value).ok())
}

fn filled(value: Option<&String>) -> Option<&String> {
    value.filter(|text| !text.is_empty())
}

fn text(value: Option<String>) -> Option<String> {
    value.filter(|text| !text.is_empty())
}

fn seal(secret: Option<SecretString>, cipher: &Cipher) -> Option<String> {
    text(secret.map(|secret| cipher.seal(&secret)))
}
