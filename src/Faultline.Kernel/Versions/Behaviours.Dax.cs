namespace Faultline.Kernel.Versions;

/// <summary>Is there a lock for each mapping entry?</summary>
public enum EntryLocking
{
    /// <summary>None: faults that race see each other's entries come and go.</summary>
    None,

    /// <summary>A bit of the entry.</summary>
    LockBit,
}

/// <summary>Who zeroes a new block, and under which lock?</summary>
public enum BlockZeroing
{
    /// <summary>Every fault that was told that the block is new, under no lock that keeps other faults out.</summary>
    ByEachFault,

    /// <summary>The fault, with i_mmap_rwsem held exclusively from the block look-up to the insertion of the PTE.</summary>
    UnderIMmapLock,

    /// <summary>The filesystem, before anyone can find the block.</summary>
    ByFilesystem,
}

/// <summary>What a huge write fault does about hole pages of 4 KiB that are there already.</summary>
public enum HugeOverHole
{
    /// <summary>It maps its block over them and leaves them mapped elsewhere.</summary>
    IgnoresPages,

    /// <summary>4 KiB wins: the fault falls back to 4 KiB, which replaces them one by one.</summary>
    FallsBack,
}

/// <summary>What fsync does about an entry that a fault holds locked.</summary>
public enum WritebackLocked
{
    /// <summary>It takes the lock bit for a change of the entry and skips the flush.</summary>
    Skips,

    /// <summary>It waits for the entry and flushes with the entry locked.</summary>
    Waits,
}

/// <summary>Does fsync write-protect huge PMDs?</summary>
public enum MkcleanPmd
{
    /// <summary>Only PTEs.</summary>
    Skips,

    /// <summary>PTEs and huge PMDs.</summary>
    Cleans,
}

/// <summary>When write(2) invalidates what stood for a hole.</summary>
public enum WriteInvalidation
{
    /// <summary>Once, before it asks for blocks.</summary>
    BeforeAllocation,

    /// <summary>After it was given a new block.</summary>
    AfterAllocation,
}

/// <summary>What invalidation does with a DIRTY entry.</summary>
public enum InvalidateDirty
{
    /// <summary>Deletes it.</summary>
    Deletes,

    /// <summary>Keeps it.</summary>
    Keeps,
}

/// <summary>Does invalidate_inode_pages2_range() unmap DAX entries?</summary>
public enum InvalidateUnmap
{
    /// <summary>Only page-cache pages, and write(2) calls it only when there are such pages.</summary>
    PageCacheOnly,

    /// <summary>The whole range, when the mapping is a DAX one.</summary>
    DaxToo,
}

/// <summary>Does a fault ask for the block before or after it locks the entry?</summary>
public enum BlockLookup
{
    /// <summary>After.</summary>
    AfterEntryLock,

    /// <summary>Before: what it learned may be stale when it has the entry.</summary>
    BeforeEntryLock,
}

/// <summary>Do the DAX handlers look at the PMD again once they hold the entry?</summary>
public enum PmdCollisionCheck
{
    /// <summary>No: a PTE may be put through a huge PMD, a huge PMD over a page table.</summary>
    None,

    /// <summary>Yes, and let the fault be taken again.</summary>
    Recheck,
}

/// <summary>What grab_mapping_entry() does after it dropped tree_lock to preload nodes.</summary>
public enum RadixRace
{
    /// <summary>It inserts, and fails with -EEXIST when somebody was faster.</summary>
    InsertFails,

    /// <summary>It looks again, and starts anew when somebody was faster.</summary>
    LooksAgain,
}

/// <summary>Does the huge fault check that address and file offset have the same colour?</summary>
public enum PmdColour
{
    /// <summary>No: entries are locked by address and replaced by file offset.</summary>
    Unchecked,

    /// <summary>Yes, it falls back.</summary>
    Checked,
}

/// <summary>Which 4 KiB entries a huge look-up in the XArray meets.</summary>
public enum ConflictScan
{
    /// <summary>Those in the first 64 of the 512 slots (here: the first slot).</summary>
    FirstOnly,

    /// <summary>All.</summary>
    All,
}

/// <summary>What a huge fault does when it meets a locked 4 KiB entry (XArray).</summary>
public enum ConflictWait
{
    /// <summary>It sleeps on the queue of its own first index, which nobody wakes.</summary>
    OnOwnIndex,

    /// <summary>It falls back without waiting.</summary>
    FallsBack,
}

/// <summary>Is an empty slot a conflict for a huge fault (XArray)?</summary>
public enum NullConflict
{
    /// <summary>Yes: huge pages are never made.</summary>
    Conflict,

    /// <summary>No.</summary>
    Free,
}

/// <summary>Does dax_lock_page() pass on the wake it got when its page is gone?</summary>
public enum LockPageWake
{
    /// <summary>No.</summary>
    Lost,

    /// <summary>Yes.</summary>
    PassedOn,
}

/// <summary>Does dax_lock_mapping_entry() drop the lock of the mapping before it tries again?</summary>
public enum LockPageRetry
{
    /// <summary>No: it deadlocks with itself.</summary>
    KeepsTreeLock,

    /// <summary>Yes.</summary>
    DropsTreeLock,
}

/// <summary>Which VMAs fsync cleans for a huge entry.</summary>
public enum MkcleanRange
{
    /// <summary>Those that map the first page of the range that it was given.</summary>
    FirstIndex,

    /// <summary>Those that map any page of the entry.</summary>
    WholeEntry,
}

/// <summary>What breaking layouts does with mapping entries.</summary>
public enum BrokenEntries
{
    /// <summary>Nothing: the truncation that follows deletes them.</summary>
    Kept,

    /// <summary>It deletes them once their pages are idle; a truncation that still meets one warns.</summary>
    Deleted,
}

/// <summary>What dax_insert_pfn_mkwrite() answers when insert_pfn() meets another PTE.</summary>
public enum SyncMkwriteBusy
{
    /// <summary>VM_FAULT_SIGBUS.</summary>
    Sigbus,

    /// <summary>VM_FAULT_NOPAGE: the store is tried again.</summary>
    NoPage,
}

/// <summary>Does a load's fault tag the entry DIRTY?</summary>
public enum ReadFaultTag
{
    /// <summary>No.</summary>
    Clean,

    /// <summary>Yes.</summary>
    Dirty,
}

/// <summary>Does drop_caches remove DAX entries?</summary>
public enum InvalidateMapped
{
    /// <summary>Clean, unlocked ones, mapped or not.</summary>
    Removes,

    /// <summary>None.</summary>
    Keeps,
}

/// <summary>Does punching a hole in ext4 keep faults out?</summary>
public enum Ext4PunchLock
{
    /// <summary>No.</summary>
    None,

    /// <summary>i_mmap_sem is held exclusively from the unmapping to the freeing of the blocks.</summary>
    Exclusive,
}

/// <summary>Does punching a hole in ext4 flush the range first?</summary>
public enum Ext4PunchFlush
{
    /// <summary>Yes; a huge entry that reaches into the range is flushed as a whole.</summary>
    Range,

    /// <summary>No (without data journalling).</summary>
    None,
}

/// <summary>When collapsing or inserting a range in ext4 flushes what it will move.</summary>
public enum Ext4ShiftFlush
{
    /// <summary>Before it takes a lock: what is stored between that and the unmapping is not flushed, and its entry is dropped.</summary>
    BeforeLocks,

    /// <summary>Under i_rwsem and the fault lock.</summary>
    UnderLocks,
}

/// <summary>What XFS flushes before it makes a file smaller.</summary>
public enum XfsTruncateFlush
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The page at the new end; a huge entry there is flushed as a whole.</summary>
    LastPage,
}

/// <summary>Where an ext4 write fault starts its journal handle.</summary>
public enum JournalStart
{
    /// <summary>In ext4_dax_fault(), before anything of DAX.</summary>
    BeforeEntryLock,

    /// <summary>In iomap_begin, with whatever the fault holds by then.</summary>
    InIomapBegin,
}

/// <summary>Does the filesystem wait for pinned pages before it frees blocks?</summary>
public enum LayoutBreak
{
    /// <summary>No.</summary>
    None,

    /// <summary>Yes, with the fault lock dropped while it sleeps.</summary>
    Waits,
}

/// <summary>What looking for pinned pages unmaps.</summary>
public enum BusyPageUnmap
{
    /// <summary>Everything of the file, private copies too.</summary>
    CopiesToo,

    /// <summary>What maps the file; private copies stay.</summary>
    FileOnly,
}

/// <summary>Does ext4 change i_size before or after it takes the fault lock?</summary>
public enum Ext4TruncateOrder
{
    /// <summary>Before: a fault may see the new size while the old blocks are still mapped.</summary>
    SizeFirst,

    /// <summary>After, and after it waited for pinned pages.</summary>
    LockFirst,
}

/// <summary>What dax_pmd_load_hole() answers when a PMD is there already.</summary>
public enum PmdHolePresent
{
    /// <summary>VM_FAULT_FALLBACK.</summary>
    Fallback,

    /// <summary>VM_FAULT_NOPAGE.</summary>
    NoPage,
}

/// <summary>Does fsync take the DIRTY tag away from what it has flushed?</summary>
public enum DirtyClearing
{
    /// <summary>No, and it leaves PTEs writable: a page that was stored to once is flushed by each fsync.</summary>
    Never,

    /// <summary>Yes, after it made the PTEs read-only, so that the next store takes a fault.</summary>
    AfterFlush,
}

/// <summary>Does MADV_DONTNEED free page tables that it emptied?</summary>
public enum TableReclaim
{
    /// <summary>No.</summary>
    None,

    /// <summary>Yes: the next fault may map a huge page.</summary>
    EmptyTables,
}

/// <summary>Does deleting an entry warn when its page is still mapped (dax_folio_put())?</summary>
public enum FolioPutCheck
{
    /// <summary>No.</summary>
    None,

    /// <summary>For huge pages.</summary>
    HugeOnly,

    /// <summary>For all.</summary>
    All,
}

/// <summary>When a DAX page counts as idle for those who wait to free its block.</summary>
public enum IdleRefcount
{
    /// <summary>When nobody has pinned it (a refcount of 1).</summary>
    Unpinned,

    /// <summary>When nobody has pinned it and nobody maps it (a refcount of 0).</summary>
    UnpinnedAndUnmapped,
}

/// <summary>Does a copy-on-write write(2) invalidate mappings of the shared block?</summary>
public enum CowInvalidate
{
    /// <summary>No, only a write(2) that was given a new block.</summary>
    NewOnly,

    /// <summary>Yes.</summary>
    CowToo,
}

/// <summary>When ext4 asks whether the file's size allows to punch, collapse or insert a range.</summary>
public enum Ext4RangeCheck
{
    /// <summary>Before it locks faults out and breaks layouts.</summary>
    BeforeLayoutBreak,

    /// <summary>After that: a call that does nothing has unmapped the file.</summary>
    AfterLayoutBreak,
}

/// <summary>From where on XFS flushes and unmaps before it moves blocks.</summary>
public enum XfsShiftStart
{
    /// <summary>The first page of the range.</summary>
    Range,

    /// <summary>The page before it.</summary>
    PageBefore,
}
