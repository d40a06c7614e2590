namespace Faultline.Kernel.Versions;

/// <summary>What insert_pfn_pmd() does when a huge PMD is there already.</summary>
public enum PresentPmd
{
    /// <summary>It is left as it is, read-only or not.</summary>
    Skipped,

    /// <summary>It is overwritten, whatever it maps.</summary>
    Overwritten,

    /// <summary>Another PFN is a WARN unless it is the huge zero page's, and left; the same is upgraded for a store.</summary>
    Checked,
}

/// <summary>With which address insert_pfn_pmd() upgrades a present PMD (CONFIG_DEBUG_VM).</summary>
public enum PmdFlagsAddress
{
    /// <summary>The faulting address: a BUG when it is not the first of the huge page.</summary>
    AsFaulted,

    /// <summary>The address of the huge page.</summary>
    Aligned,
}

/// <summary>In which order handle_pte_fault() tests for a DAX PMD.</summary>
public enum DevmapCheck
{
    /// <summary>pmd_trans_unstable() first, which takes a DAX PMD for a bad one.</summary>
    TransUnstableFirst,

    /// <summary>pmd_devmap() first.</summary>
    DevmapFirst,
}

/// <summary>What a private store to a huge PMD does first.</summary>
public enum PmdPrivateWrite
{
    /// <summary>Calls the handler, which falls back; then the PMD is split.</summary>
    AsksHandler,

    /// <summary>Splits the PMD.</summary>
    SplitsAtOnce,
}

/// <summary>When get_user_pages_fast() checks that a DAX PTE may be written.</summary>
public enum GupFastWrite
{
    /// <summary>After it took the DAX shortcut: never.</summary>
    TooLate,

    /// <summary>Before.</summary>
    First,
}

/// <summary>Do faults of file mappings run under the lock of their VMA?</summary>
public enum VmaLock
{
    /// <summary>No, under mmap_lock.</summary>
    None,

    /// <summary>If the VMA is not being changed and the filesystem has map_pages.</summary>
    Tried,
}

/// <summary>Which lock MADV_DONTNEED takes.</summary>
public enum DontNeedLock
{
    /// <summary>mmap_lock for reading.</summary>
    MmapLock,

    /// <summary>The VMA's own.</summary>
    VmaLock,
}

/// <summary>Does fork() copy the PTEs of a DAX mapping that has no private copies?</summary>
public enum ForkCopy
{
    /// <summary>Yes: VM_MIXEDMAP.</summary>
    Copies,

    /// <summary>No: the child faults them in.</summary>
    Skips,
}

/// <summary>What other walkers see in the place of a huge PMD while fsync cleans it.</summary>
public enum MkcleanPmdMoment
{
    /// <summary>Nothing: a zap that looks without the lock passes it by.</summary>
    None,

    /// <summary>A huge PMD that is not valid.</summary>
    Invalid,
}
