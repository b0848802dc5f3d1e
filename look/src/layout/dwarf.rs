//! The runtime's types as the program's DWARF describes them.

use gimli::{
    AttributeValue, DebuggingInformationEntry, DwAt, DwTag, Dwarf, EndianSlice, EntriesTreeNode,
    LittleEndian, SectionId, Unit, UnitOffset,
};
use std::collections::HashMap;

type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// The types whose fields are looked for, without the package's name.
const WANTED: [&str; 6] =
    ["gcControllerState", "mstats", "heapStatsDelta", "mheap", "pallocData", "heapArena"];

/// Most fields that are written down: a runtime has some thousands of them, but a file may say
/// what it likes, such as structures whose fields are many of the same structure.
const MOST: usize = 1 << 17;

/// Offsets, sizes and counts, by type and path.
#[derive(Debug, Default)]
pub struct Types {
    found: HashMap<(&'static str, String), u32>,
    /// How many fields were looked at.
    fields: usize,
}

impl Types {
    /// What the sections of a program say of the runtime's types.
    pub fn load(mut section: impl FnMut(&str) -> Vec<u8>) -> Self {
        let load = |id: SectionId| Ok::<_, gimli::Error>(section(id.name()));
        let Ok(sections) = gimli::DwarfSections::load(load) else { return Self::default() };
        let dwarf = sections.borrow(|bytes| EndianSlice::new(bytes, LittleEndian));
        let mut types = Self::default();
        let mut rest = Vec::new();
        let mut headers = dwarf.units();
        while let Ok(Some(header)) = headers.next() {
            let Ok(unit) = dwarf.unit(header) else { continue };
            if unit.name.is_some_and(|name| name.slice() == b"runtime") {
                types.add(&dwarf, &unit);
            } else {
                rest.push(unit);
            }
        }
        // Not in the package's own unit where a linker has moved them.
        for unit in rest {
            if types.complete() {
                break;
            }
            types.add(&dwarf, &unit);
        }
        types
    }

    /// The value of a path such as `heapStats.stats` in a type; `#size` is the size of
    /// the type, `#count` behind a path the number of an array's elements, `#inner` that
    /// of the array that its elements point to. `a|b` is a field that had two names.
    #[must_use]
    pub fn find(&self, name: &'static str, path: &str) -> Option<u32> {
        path.split('|').find_map(|path| self.found.get(&(name, path.to_owned())).copied())
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.found.len()
    }

    fn complete(&self) -> bool {
        WANTED.iter().all(|name| self.find(name, "#size").is_some())
    }

    fn add(&mut self, dwarf: &Dwarf<Bytes>, unit: &Unit<Bytes>) {
        let mut entries = unit.entries();
        let mut found = Vec::new();
        while let Ok(Some((_, entry))) = entries.next_dfs() {
            let structure = entry.tag() == gimli::DW_TAG_structure_type;
            let name = if structure { wanted(dwarf, unit, entry) } else { None };
            found.extend(name.map(|name| (name, entry.offset())));
        }
        for (name, offset) in found {
            let walk = Walk { dwarf, unit, name };
            walk.structure(offset, "", 0, 0, self);
        }
    }
}

fn wanted(
    dwarf: &Dwarf<Bytes>,
    unit: &Unit<Bytes>,
    entry: &DebuggingInformationEntry<Bytes>,
) -> Option<&'static str> {
    let value = entry.attr_value(gimli::DW_AT_name).ok()??;
    let name = dwarf.attr_string(unit, value).ok()?;
    let name = name.slice().strip_prefix(b"runtime.")?;
    WANTED.into_iter().find(|wanted| wanted.as_bytes() == name)
}

struct Walk<'a, 'b> {
    dwarf: &'a Dwarf<Bytes<'b>>,
    unit: &'a Unit<Bytes<'b>>,
    name: &'static str,
}

impl Walk<'_, '_> {
    /// Writes down the fields of a structure, and of those in it.
    fn structure(&self, offset: UnitOffset, path: &str, base: u32, depth: u32, into: &mut Types) {
        let Ok(mut tree) = self.unit.entries_tree(Some(offset)) else { return };
        let Ok(root) = tree.root() else { return };
        if depth == 0 {
            let size = number(root.entry(), gimli::DW_AT_byte_size);
            into.found.extend(size.map(|size| ((self.name, "#size".to_owned()), size)));
        }
        let mut members = root.children();
        while let Ok(Some(member)) = members.next() {
            into.fields += 1;
            if into.fields > MOST {
                return;
            }
            let Some((name, at, kind)) = self.member(&member) else { continue };
            let path = if path.is_empty() { name } else { format!("{path}.{name}") };
            let Some(at) = base.checked_add(at) else { continue };
            into.found.insert((self.name, path.clone()), at);
            let Some((tag, kind)) = self.follow(kind) else { continue };
            if tag == gimli::DW_TAG_array_type {
                let mut insert = |(what, count): (&str, u32)| {
                    into.found.insert((self.name, format!("{path}#{what}")), count)
                };
                let outer = self.count(kind).map(|count| ("count", count));
                let inner = self.inner(kind).map(|count| ("inner", count));
                for found in outer.into_iter().chain(inner) {
                    insert(found);
                }
            }
            if tag == gimli::DW_TAG_structure_type && depth < 4 {
                self.structure(kind, &path, at, depth + 1, into);
            }
        }
    }

    fn member(&self, node: &EntriesTreeNode<Bytes>) -> Option<(String, u32, UnitOffset)> {
        let entry = node.entry();
        if entry.tag() != gimli::DW_TAG_member {
            return None;
        }
        let name = entry.attr_value(gimli::DW_AT_name).ok()??;
        let name = self.dwarf.attr_string(self.unit, name).ok()?.to_string_lossy().into_owned();
        Some((name, number(entry, gimli::DW_AT_data_member_location)?, self.kind(entry)?))
    }

    /// The type behind its other names.
    fn follow(&self, mut offset: UnitOffset) -> Option<(DwTag, UnitOffset)> {
        for _ in 0..8 {
            let entry = self.unit.entry(offset).ok()?;
            if entry.tag() != gimli::DW_TAG_typedef {
                return Some((entry.tag(), offset));
            }
            offset = self.kind(&entry)?;
        }
        None
    }

    fn kind(&self, entry: &DebuggingInformationEntry<Bytes>) -> Option<UnitOffset> {
        match entry.attr_value(gimli::DW_AT_type).ok()?? {
            AttributeValue::UnitRef(offset) => Some(offset),
            AttributeValue::DebugInfoRef(offset) => offset.to_unit_offset(&self.unit.header),
            _ => None,
        }
    }

    /// The number of elements of the array that an array's elements point to.
    fn inner(&self, array: UnitOffset) -> Option<u32> {
        let (tag, pointer) = self.follow(self.kind(&self.unit.entry(array).ok()?)?)?;
        if tag != gimli::DW_TAG_pointer_type {
            return None;
        }
        let (_, inner) = self.follow(self.kind(&self.unit.entry(pointer).ok()?)?)?;
        self.count(inner)
    }

    fn count(&self, array: UnitOffset) -> Option<u32> {
        let mut tree = self.unit.entries_tree(Some(array)).ok()?;
        let mut children = tree.root().ok()?.children();
        while let Ok(Some(child)) = children.next() {
            if let Some(count) = number(child.entry(), gimli::DW_AT_count) {
                return Some(count);
            }
        }
        None
    }
}

fn number(entry: &DebuggingInformationEntry<Bytes>, at: DwAt) -> Option<u32> {
    u32::try_from(entry.attr_value(at).ok()??.udata_value()?).ok()
}
