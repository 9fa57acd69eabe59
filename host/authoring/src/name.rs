//! Names of modules.

/// The longest name of a module.
const LONGEST: usize = 64;

/// Whether a name is kebab-case: words of `a-z` and `0-9` that begin with a letter, with one hyphen between them.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn check_name(name: &str) -> Result<(), String> {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    if name.len() > LONGEST {
        return Err(format!("The name of a module has at most {LONGEST} characters."));
    }
    if name.split('-').all(is_word) {
        return Ok(());
    }
    Err(format!(
        "`{name}` is no name for a module: use words of a-z and 0-9 with one hyphen between them, each beginning with \
         a letter, as in `acme-tenants`."
    ))
}

/// `virtual-machine` as `virtual_machine`.
pub(crate) fn snake(kebab: &str) -> String {
    kebab.replace('-', "_")
}

/// `virtual-machine` as `VirtualMachine`.
pub(crate) fn pascal(kebab: &str) -> String {
    kebab.split('-').map(capitalized).collect()
}

/// `virtual-machine` as `virtualMachine`.
pub(crate) fn camel(kebab: &str) -> String {
    let pascal = pascal(kebab);
    let mut characters = pascal.chars();
    characters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(characters).collect()
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case() {
        for name in ["acme", "acme-tenants", "a1-b2"] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in
            ["", "Acme", "acme_tenants", "acme--x", "-acme", "acme-", "1acme", "acme-1", "../x", "büro"]
        {
            assert!(check_name(name).unwrap_err().contains("acme-tenants"), "{name}");
        }
        assert!(check_name(&"a".repeat(65)).unwrap_err().contains("64"));
    }

    #[test]
    fn every_language_writes_names_its_own_way() {
        assert_eq!(snake("vm-interface"), "vm_interface");
        assert_eq!(pascal("vm-interface"), "VmInterface");
        assert_eq!(camel("vm-interface"), "vmInterface");
    }
}
