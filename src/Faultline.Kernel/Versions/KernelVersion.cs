namespace Faultline.Kernel.Versions;

/// <summary>
/// A kernel version as a set of behaviours. Model code asks for a behaviour, never for a version. Each property names the commit
/// that changed it; the defaults are v4.12.
/// </summary>
/// <param name="Name">As users name it: <c>v4.12</c>, <c>v4.12+pfn-warn</c>.</param>
public sealed record KernelVersion(string Name)
{
    /// <summary>What serves a load from a hole. 91d25ba8a6b0 "dax: use common 4k zero page for dax mmap reads" (v4.14).</summary>
    public HoleBacking HoleBacking { get; init; }

    /// <summary>How a store to a shared mapping gets its PTE. b2770da64254 and 91d25ba8a6b0 (v4.14).</summary>
    public SharedStoreInsert SharedStoreInsert { get; init; }

    /// <summary>
    /// What insert_pfn() does when a PTE is there already. b2770da64254 (v4.14), f2c57d91b0d9 (v4.20); v6.15: "mm/memory: enhance
    /// insert_page_into_pte_locked() to create writable mappings", vmf_insert_page_mkwrite(), and 38607c62b34b, which uses them.
    /// </summary>
    public PresentPte PresentPte { get; init; }

    /// <summary>How a present PTE with the right PFN is made writable. cae85cb8add3 (v5.1).</summary>
    public MatchUpdate MatchUpdate { get; init; }

    /// <summary>Where mapping entries live. b15cd800682f and the rest of the XArray conversion of fs/dax.c (v4.20).</summary>
    public EntryStore EntryStore { get; init; }

    /// <summary>What a private copy does when its source page vanished. c3e5ea6ee574 "mm: avoid data corruption on CoW fault into PFN-mapped VMA" (mainline v5.6; long-term kernels got it in 2020).</summary>
    public CowCopyFailure CowCopyFailure { get; init; }

    /// <summary>Who is woken when an entry is invalidated. 237388320def "dax: Wake up all waiters after invalidating dax entry" (v5.13).</summary>
    public WakeMode WakeAfterInvalidate { get; init; }

    /// <summary>How unmap_mapping_range() takes i_mmap_rwsem. 2c8659951654 (v5.18).</summary>
    public UnmapLock UnmapLock { get; init; }

    /// <summary>Does a zap that cleared nothing still flush while another zap is under way? 99baac21e458 (v4.13).</summary>
    public NestedZap NestedZap { get; init; }

    /// <summary>What the filesystems call the lock that faults share. d4f5258eae7b (ext4) and 2433480a7e1d (XFS) (v5.15).</summary>
    public FaultLock FaultLock { get; init; }

    /// <summary>Does an ext4 private store take the write prelude (freeze, timestamps, journal)? fd96b8da68d3 (v4.14).</summary>
    public CowPrelude Ext4CowPrelude { get; init; }

    /// <summary>The same for XFS: b17164e258e3 "xfs: don't update mtime on COW faults" (v5.9).</summary>
    public CowPrelude XfsCowPrelude { get; init; }

    /// <summary>Are DAX pages refcounted, so that their PTEs are those of ordinary pages? 38607c62b34b "fs/dax: properly refcount fs dax pages" (v6.15).</summary>
    public DaxPages DaxPages { get; init; }

    /// <summary>What this version calls functions that the model names after another version.</summary>
    public IReadOnlyDictionary<string, string> FunctionNames { get; init; } = Versions.FunctionNames.RadixTreeEra;

    /// <summary>A deliberate defect, for the tests that show that the checks find it.</summary>
    public Mutation Mutation { get; init; }
}

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

/// <summary>The lock that faults share and layout changes take exclusively.</summary>
public enum FaultLock
{
    /// <summary>The filesystem's own: i_mmap_sem, XFS_MMAPLOCK.</summary>
    FilesystemOwn,

    /// <summary>mapping->invalidate_lock.</summary>
    InvalidateLock,
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
