namespace Faultline.Kernel.Versions;

/// <summary>A deliberate defect.</summary>
public enum Mutation
{
    /// <summary>None.</summary>
    None,

    /// <summary>Entries are never locked.</summary>
    NoEntryLock,

    /// <summary>insert_pfn() overwrites a present PTE instead of returning -EBUSY.</summary>
    OverwritePresentPte,

    /// <summary>The zero page is inserted writable.</summary>
    WritableZeroPage,

    /// <summary>dax_insert_mapping_entry() does not unmap the zero page it replaces.</summary>
    NoUnmapOfZeroPage,

    /// <summary>write(2) does not invalidate after allocating.</summary>
    NoInvalidate,

    /// <summary>Unlocking an entry wakes nobody.</summary>
    NoWakeOnUnlock,

    /// <summary>A PTE is changed without ptl.</summary>
    NoPtlInFinishFault,
}
