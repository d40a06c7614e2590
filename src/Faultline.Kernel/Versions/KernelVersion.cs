using System.Runtime.CompilerServices;

namespace Faultline.Kernel.Versions;

/// <summary>
/// A kernel version as a set of behaviours. Model code asks for a behaviour, never for a version. Which commit changed which behaviour
/// stands in <see cref="BehaviourChanges"/>. A version notes what it was asked: two versions that agree on all that a search asked
/// for give the same result.
/// </summary>
/// <param name="Name">As users name it: <c>v4.12</c>, <c>v4.12+pfn-warn</c>, <c>v4.20~0e40de0338d0</c>.</param>
public sealed record KernelVersion(string Name)
{
    private ulong asked;

    /// <summary>What serves a load from a hole.</summary>
    public HoleBacking HoleBacking { get => Ask(0, field); init; }

    /// <summary>How a store to a shared mapping gets its PTE.</summary>
    public SharedStoreInsert SharedStoreInsert { get => Ask(1, field); init; }

    /// <summary>What insert_pfn() does when a PTE is there already; since v6.15 insert_page_into_pte_locked() and vmf_insert_page_mkwrite().</summary>
    public PresentPte PresentPte { get => Ask(2, field); init; }

    /// <summary>How a present PTE with the right PFN is made writable.</summary>
    public MatchUpdate MatchUpdate { get => Ask(3, field); init; }

    /// <summary>Where mapping entries live.</summary>
    public EntryStore EntryStore { get => Ask(4, field); init; }

    /// <summary>What a private copy does when its source page vanished.</summary>
    public CowCopyFailure CowCopyFailure { get => Ask(5, field); init; }

    /// <summary>Who is woken when an entry is invalidated.</summary>
    public WakeMode WakeAfterInvalidate { get => Ask(6, field); init; }

    /// <summary>How unmap_mapping_range() takes i_mmap_rwsem.</summary>
    public UnmapLock UnmapLock { get => Ask(7, field); init; }

    /// <summary>Does a zap that cleared nothing still flush while another zap is under way?</summary>
    public NestedZap NestedZap { get => Ask(8, field); init; }

    /// <summary>Does an ext4 private store take the write prelude (freeze, timestamps, journal)?</summary>
    public CowPrelude Ext4CowPrelude { get => Ask(9, field); init; }

    /// <summary>The same for XFS.</summary>
    public CowPrelude XfsCowPrelude { get => Ask(10, field); init; }

    /// <summary>Are DAX pages refcounted, so that their PTEs are those of ordinary pages?</summary>
    public DaxPages DaxPages { get => Ask(11, field); init; }

    /// <summary>Is there a lock for each mapping entry?</summary>
    public EntryLocking EntryLocking { get => Ask(12, field); init; }

    /// <summary>Who zeroes a new block, and under which lock?</summary>
    public BlockZeroing BlockZeroing { get => Ask(13, field); init; }

    /// <summary>Does punching a hole in ext4 keep faults out?</summary>
    public Ext4PunchLock Ext4PunchLock { get => Ask(14, field); init; }

    /// <summary>What a huge write fault does about hole pages of 4 KiB that are there already.</summary>
    public HugeOverHole HugeOverHole { get => Ask(15, field); init; }

    /// <summary>What insert_pfn_pmd() does when a huge PMD is there already.</summary>
    public PresentPmd PresentPmd { get => Ask(16, field); init; }

    /// <summary>With which address insert_pfn_pmd() upgrades a present PMD (CONFIG_DEBUG_VM).</summary>
    public PmdFlagsAddress PmdFlagsAddress { get => Ask(17, field); init; }

    /// <summary>What fsync does about an entry that a fault holds locked.</summary>
    public WritebackLocked WritebackLocked { get => Ask(18, field); init; }

    /// <summary>Does fsync write-protect huge PMDs?</summary>
    public MkcleanPmd MkcleanPmd { get => Ask(19, field); init; }

    /// <summary>When write(2) invalidates what stood for a hole.</summary>
    public WriteInvalidation WriteInvalidation { get => Ask(20, field); init; }

    /// <summary>What invalidation does with a DIRTY entry.</summary>
    public InvalidateDirty InvalidateDirty { get => Ask(21, field); init; }

    /// <summary>Does invalidate_inode_pages2_range() unmap DAX entries?</summary>
    public InvalidateUnmap InvalidateUnmap { get => Ask(22, field); init; }

    /// <summary>Does a fault ask for the block before or after it locks the entry?</summary>
    public BlockLookup BlockLookup { get => Ask(23, field); init; }

    /// <summary>Where an ext4 write fault starts its journal handle.</summary>
    public JournalStart JournalStart { get => Ask(24, field); init; }

    /// <summary>Do the DAX handlers look at the PMD again once they hold the entry?</summary>
    public PmdCollisionCheck PmdCollisionCheck { get => Ask(25, field); init; }

    /// <summary>In which order handle_pte_fault() tests for a DAX PMD.</summary>
    public DevmapCheck DevmapCheck { get => Ask(26, field); init; }

    /// <summary>What grab_mapping_entry() does after it dropped tree_lock to preload nodes.</summary>
    public RadixRace RadixRace { get => Ask(27, field); init; }

    /// <summary>Does the huge fault check that address and file offset have the same colour?</summary>
    public PmdColour PmdColour { get => Ask(28, field); init; }

    /// <summary>Which 4 KiB entries a huge look-up in the XArray meets.</summary>
    public ConflictScan ConflictScan { get => Ask(29, field); init; }

    /// <summary>What a huge fault does when it meets a locked 4 KiB entry (XArray).</summary>
    public ConflictWait ConflictWait { get => Ask(30, field); init; }

    /// <summary>Is an empty slot a conflict for a huge fault (XArray)?</summary>
    public NullConflict NullConflict { get => Ask(31, field); init; }

    /// <summary>Who is woken when a hole's page takes the place of an entry.</summary>
    public WakeMode HolePageWake { get => Ask(32, field); init; }

    /// <summary>Does dax_lock_page() pass on the wake it got when its page is gone?</summary>
    public LockPageWake LockPageWake { get => Ask(33, field); init; }

    /// <summary>Does dax_lock_mapping_entry() drop the lock of the mapping before it tries again?</summary>
    public LockPageRetry LockPageRetry { get => Ask(34, field); init; }

    /// <summary>Which VMAs fsync cleans for a huge entry.</summary>
    public MkcleanRange MkcleanRange { get => Ask(35, field); init; }

    /// <summary>Does ext4 wait for pinned pages before it frees blocks?</summary>
    public LayoutBreak Ext4LayoutBreak { get => Ask(36, field); init; }

    /// <summary>The same for XFS.</summary>
    public LayoutBreak XfsLayoutBreak { get => Ask(37, field); init; }

    /// <summary>What breaking layouts does with mapping entries.</summary>
    public BrokenEntries BrokenEntries { get => Ask(38, field); init; }

    /// <summary>When get_user_pages_fast() checks that a DAX PTE may be written.</summary>
    public GupFastWrite GupFastWrite { get => Ask(39, field); init; }

    /// <summary>What dax_insert_pfn_mkwrite() answers when insert_pfn() meets another PTE.</summary>
    public SyncMkwriteBusy SyncMkwriteBusy { get => Ask(40, field); init; }

    /// <summary>Does a load's fault tag the entry DIRTY?</summary>
    public ReadFaultTag ReadFaultTag { get => Ask(41, field); init; }

    /// <summary>What a private store to a huge PMD does first.</summary>
    public PmdPrivateWrite PmdPrivateWrite { get => Ask(42, field); init; }

    /// <summary>Do faults of file mappings run under the lock of their VMA?</summary>
    public VmaLock VmaLock { get => Ask(43, field); init; }

    /// <summary>Which lock MADV_DONTNEED takes.</summary>
    public DontNeedLock DontNeedLock { get => Ask(44, field); init; }

    /// <summary>Does fork() copy the PTEs of a DAX mapping that has no private copies?</summary>
    public ForkCopy ForkCopy { get => Ask(45, field); init; }

    /// <summary>Does drop_caches remove DAX entries?</summary>
    public InvalidateMapped InvalidateMapped { get => Ask(46, field); init; }

    /// <summary>What looking for pinned pages unmaps.</summary>
    public BusyPageUnmap BusyPageUnmap { get => Ask(47, field); init; }

    /// <summary>Does ext4 change i_size before or after it takes the fault lock?</summary>
    public Ext4TruncateOrder Ext4TruncateOrder { get => Ask(48, field); init; }

    /// <summary>What dax_pmd_load_hole() answers when a PMD is there already.</summary>
    public PmdHolePresent PmdHolePresent { get => Ask(49, field); init; }

    /// <summary>Does fsync take the DIRTY tag away from what it has flushed?</summary>
    public DirtyClearing DirtyClearing { get => Ask(50, field); init; }

    /// <summary>Does MADV_DONTNEED free page tables that it emptied?</summary>
    public TableReclaim TableReclaim { get => Ask(51, field); init; }

    /// <summary>Does deleting an entry warn when its page is still mapped (dax_folio_put())?</summary>
    public FolioPutCheck FolioPutCheck { get => Ask(52, field); init; }

    /// <summary>When a DAX page counts as idle for those who wait to free its block.</summary>
    public IdleRefcount IdleRefcount { get => Ask(53, field); init; }

    /// <summary>Does a copy-on-write write(2) invalidate mappings of the shared block?</summary>
    public CowInvalidate CowInvalidate { get => Ask(54, field); init; }

    /// <summary>When collapsing or inserting a range in ext4 flushes what it will move.</summary>
    public Ext4ShiftFlush Ext4ShiftFlush { get => Ask(55, field); init; }

    /// <summary>What other walkers see in the place of a huge PMD while fsync cleans it.</summary>
    public MkcleanPmdMoment MkcleanPmdMoment { get => Ask(56, field); init; }

    /// <summary>What XFS flushes before it makes a file smaller.</summary>
    public XfsTruncateFlush XfsTruncateFlush { get => Ask(57, field); init; }

    /// <summary>Does punching a hole in ext4 flush the range first?</summary>
    public Ext4PunchFlush Ext4PunchFlush { get => Ask(58, field); init; }

    /// <summary>When ext4 asks whether the file's size allows to punch, collapse or insert a range.</summary>
    public Ext4RangeCheck Ext4RangeCheck { get => Ask(59, field); init; }

    /// <summary>From where on XFS flushes and unmaps before it moves blocks.</summary>
    public XfsShiftStart XfsShiftStart { get => Ask(60, field); init; }

    /// <summary>What this version calls functions that the model names after another version.</summary>
    public IReadOnlyDictionary<string, string> FunctionNames { get; init; } = new Dictionary<string, string>();

    /// <summary>A deliberate defect, for the tests that show that the checks find it.</summary>
    public Mutation Mutation { get; init; }

    /// <summary>The behaviours asked for since <see cref="Unasked"/>, a bit each, in the order of <see cref="Behaviour.All"/>.</summary>
    public ulong Asked => asked;

    /// <summary>Notes that these were asked for, too: by a search that is gone on with.</summary>
    internal void AskAlso(ulong behaviours) => Interlocked.Or(ref asked, behaviours);

    /// <summary>A copy that has not been asked anything. A worker's machine has its own.</summary>
    public KernelVersion Unasked() => this with { asked = 0 };

    /// <inheritdoc/>
    public bool Equals(KernelVersion? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    private T Ask<T>(int behaviour, T value)
    {
        ulong bit = 1UL << behaviour;
        if ((asked & bit) == 0)
        {
            Interlocked.Or(ref asked, bit); // several workers may search one machine
        }

        return value;
    }
}
