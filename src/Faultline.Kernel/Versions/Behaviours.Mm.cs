namespace Faultline.Kernel.Versions;

/// <summary>What serves a load from a hole.</summary>
public enum HoleBacking
{
    /// <summary>A page of zeroes allocated in the page cache for each page of hole.</summary>
    PageCachePage,

    /// <summary>The one common zero page.</summary>
    CommonZeroPage,
}

/// <summary>How a store to a shared mapping gets its PTE.</summary>
public enum SharedStoreInsert
{
    /// <summary>Inserted read-only and clean; a second fault, dax_pfn_mkwrite(), makes it writable.</summary>
    ReadOnlyThenMkwrite,

    /// <summary>Inserted dirty and writable at once by vm_insert_mixed_mkwrite().</summary>
    WritableAtOnce,
}

/// <summary>What insert_pfn() does when a PTE is there already.</summary>
public enum PresentPte
{
    /// <summary>-EBUSY, whatever the PFN; there is no mkwrite (v4.12).</summary>
    Busy,

    /// <summary>mkwrite makes the PTE that is there writable, whatever its PFN (the v3 posting).</summary>
    ReuseUnseen,

    /// <summary>mkwrite: another PFN is -EBUSY, silently (the reviewer's proposal).</summary>
    OtherPfnBusy,

    /// <summary>Another PFN is a WARN and -EBUSY, with and without mkwrite (the author's experiment).</summary>
    OtherPfnWarnsAlways,

    /// <summary>mkwrite: another PFN is a WARN and -EBUSY (as merged).</summary>
    OtherPfnWarnsOnMkwrite,

    /// <summary>mkwrite: another PFN is a WARN unless it is the zero page's; then NOPAGE (v4.20).</summary>
    OtherPfnWarnsUnlessZero,

    /// <summary>mkwrite: another PFN is -EFAULT, hence SIGBUS, with a WARN unless it is the zero page's (v6.15).</summary>
    OtherPfnFaults,
}

/// <summary>How a present PTE with the right PFN is made writable.</summary>
public enum MatchUpdate
{
    /// <summary>set_pte_at() over the present PTE.</summary>
    SetPteAt,

    /// <summary>ptep_set_access_flags().</summary>
    PtepSetAccessFlags,
}

/// <summary>Where mapping entries live.</summary>
public enum EntryStore
{
    /// <summary>Radix tree: a new entry is inserted after dropping tree_lock once to preload, and looking again.</summary>
    RadixTree,

    /// <summary>XArray: look-up and insertion under one hold of the lock.</summary>
    XArray,
}

/// <summary>What a private copy does when its source page vanished.</summary>
public enum CowCopyFailure
{
    /// <summary>The copy is filled with zeroes, and installed if the PTE is the old one again.</summary>
    ZeroFill,

    /// <summary>Compare the PTE under ptl and copy again, or let the fault be taken again.</summary>
    RetryUnderPtl,
}

/// <summary>Who is woken.</summary>
public enum WakeMode
{
    /// <summary>The longest waiter.</summary>
    Next,

    /// <summary>Every waiter.</summary>
    All,
}

/// <summary>How unmap_mapping_range() takes i_mmap_rwsem.</summary>
public enum UnmapLock
{
    /// <summary>For writing.</summary>
    Write,

    /// <summary>For reading.</summary>
    Read,
}

/// <summary>What a zap that cleared nothing does about translations another zap is about to flush.</summary>
public enum NestedZap
{
    /// <summary>Nothing.</summary>
    NoFlush,

    /// <summary>It flushes too.</summary>
    Flush,
}

/// <summary>What a private store's fault takes first.</summary>
public enum CowPrelude
{
    /// <summary>What a shared store takes.</summary>
    AsWrite,

    /// <summary>What a load takes.</summary>
    AsRead,
}

/// <summary>What the mm takes a DAX page for.</summary>
public enum DaxPages
{
    /// <summary>Special PTEs without a struct page.</summary>
    Special,

    /// <summary>Ordinary refcounted pages.</summary>
    Refcounted,
}
