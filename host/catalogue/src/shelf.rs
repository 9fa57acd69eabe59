use crate::catalogue::Catalogue;
use crate::error::CatalogueError;
use proxbox_model::problem::Problem;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The name of the newest version.
pub const LATEST: &str = "latest";

/// What the name of a stored catalogue ends in, after its version.
const SUFFIX: &str = ".json.gz";

/// The versions that come with the program.
static BUNDLED: [(&str, &[u8]); 2] =
    [("9.1.11", include_bytes!("../data/9.1.json.gz")), ("9.2", include_bytes!("../data/9.2.json.gz"))];

/// Where a catalogue comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is part of the program.
    Bundled,
    /// Somebody imported it into this file.
    Imported(PathBuf),
}

/// A version on the shelf, read when it is asked for.
pub struct Edition {
    version: String,
    origin: Origin,
    bytes: Option<&'static [u8]>,
    read: OnceLock<Result<Arc<Catalogue>, Problem>>,
}

/// The versions that there are: bundled ones, and imported ones, which win over the bundled ones of the same tag.
///
/// Making it reads names of files only.
pub struct Shelf {
    editions: Vec<Edition>,
}

/// Whether a text is a version: `9.2` or `9.1.11`.
#[must_use]
pub fn is_version(text: &str) -> bool {
    let parts: Vec<_> = text.split('.').collect();
    let number =
        |part: &&str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts.len(), 2 | 3) && parts.iter().all(number)
}

/// Where imported catalogues are: `PROXBOX_GENERATED_DIR`, else the user's data folder.
#[must_use]
pub fn default_folder(env: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("PROXBOX_GENERATED_DIR").or_else(|| {
        set("XDG_DATA_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| home.join(".local/share")))
            .map(|data| data.join("proxbox/schemas"))
    })
}

impl Edition {
    fn new(version: &str, origin: Origin, bytes: Option<&'static [u8]>) -> Self {
        Self { version: version.to_owned(), origin, bytes, read: OnceLock::new() }
    }

    /// The full version: `9.1.11`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The version without what changes often: `9.1`.
    #[must_use]
    pub fn tag(&self) -> &str {
        let end = self.version.match_indices('.').nth(1).map_or(self.version.len(), |(at, _)| at);
        self.version.get(..end).unwrap_or(&self.version)
    }

    /// Where it comes from.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Its catalogue, read the first time.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub fn catalogue(&self) -> Result<Arc<Catalogue>, Problem> {
        self.read.get_or_init(|| self.load().map(Arc::new).map_err(|error| self.problem(&error))).clone()
    }

    fn load(&self) -> Result<Catalogue, CatalogueError> {
        let catalogue = match (&self.origin, self.bytes) {
            (_, Some(bytes)) => Catalogue::from_bytes(bytes)?,
            (Origin::Imported(path), None) => Catalogue::from_bytes(&read(path)?)?,
            (Origin::Bundled, None) => return Err(CatalogueError::Damaged("it is empty".into())),
        };
        if catalogue.version() == self.version {
            return Ok(catalogue);
        }
        Err(CatalogueError::Damaged(format!(
            "it is of version {}, not {}",
            catalogue.version(),
            self.version
        )))
    }

    fn problem(&self, error: &CatalogueError) -> Problem {
        let mut problem = Problem::from(error);
        if let (Origin::Imported(path), CatalogueError::Damaged(_)) = (&self.origin, error) {
            problem.message = format!("{}: {}", path.display(), problem.message);
        }
        problem
    }

    fn numbers(&self) -> Vec<u32> {
        numbers(&self.version)
    }
}

impl Shelf {
    /// Only what comes with the program.
    #[must_use]
    pub fn bundled() -> Self {
        let editions =
            BUNDLED.iter().map(|(version, bytes)| Edition::new(version, Origin::Bundled, Some(bytes)));
        Self { editions: editions.collect() }
    }

    /// The bundled versions and those in a folder. A folder that is not there holds none.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn open(folder: &Path) -> Result<Self, CatalogueError> {
        let mut shelf = Self::bundled();
        let failed = |source| CatalogueError::File { what: "read", path: folder.to_owned(), source };
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(shelf),
            Err(error) => return Err(failed(error)),
        };
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            let name =
                path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(SUFFIX));
            if let Some(version) = name.filter(|name| is_version(name)) {
                shelf.editions.push(Edition::new(version, Origin::Imported(path.clone()), None));
            }
        }
        shelf.editions.sort_by_key(|edition| (edition.numbers(), edition.origin != Origin::Bundled));
        Ok(shelf)
    }

    /// Every version, oldest first. A version that is bundled and imported is there twice.
    #[must_use]
    pub fn editions(&self) -> &[Edition] {
        &self.editions
    }

    /// The catalogue of a tag (`9.2`), a full version (`9.1.11`), or of the newest one (`latest`). One that is damaged is
    /// passed over when there is another one.
    ///
    /// # Errors
    /// When there is none, or the only one is damaged.
    pub fn get(&self, version: &str) -> Result<Arc<Catalogue>, CatalogueError> {
        let mut damaged = None;
        for edition in self.candidates(version) {
            match edition.catalogue() {
                Ok(catalogue) => return Ok(catalogue),
                Err(problem) => damaged = damaged.or(Some(problem)),
            }
        }
        Err(match damaged {
            Some(problem) => CatalogueError::Damaged(problem.message),
            None => CatalogueError::UnknownVersion { version: version.to_owned(), known: self.tags() },
        })
    }

    /// The tags that there are, oldest first.
    #[must_use]
    pub fn tags(&self) -> Vec<String> {
        let mut tags: Vec<_> = self.editions.iter().map(|edition| edition.tag().to_owned()).collect();
        tags.dedup();
        tags
    }

    /// What was found damaged among the versions that were asked for so far.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        self.editions.iter().filter_map(|edition| edition.read.get()?.as_ref().err().cloned()).collect()
    }

    /// What a version may mean, best first.
    fn candidates(&self, version: &str) -> Vec<&Edition> {
        let wanted =
            |edition: &&Edition| version == LATEST || edition.tag() == version || edition.version == version;
        let mut found: Vec<_> = self.editions.iter().filter(wanted).collect();
        found.sort_by_key(|edition| {
            let imported = edition.origin != Origin::Bundled;
            std::cmp::Reverse((numbers(edition.tag()), imported, edition.numbers()))
        });
        found
    }

    /// Writes a catalogue into a folder, where [`open`](Self::open) finds it, and says where it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(folder: &Path, catalogue: &Catalogue) -> Result<PathBuf, CatalogueError> {
        let path = folder.join(format!("{}{SUFFIX}", catalogue.version()));
        let bytes = catalogue.to_bytes()?;
        let write = || {
            fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&bytes)?;
            file.persist(&path).map_err(|error| error.error)
        };
        write().map_err(|source| CatalogueError::File { what: "write", path: path.clone(), source })?;
        Ok(path)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CatalogueError> {
    fs::read(path).map_err(|source| CatalogueError::File { what: "read", path: path.to_owned(), source })
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').filter_map(|part| part.parse().ok()).collect()
}
