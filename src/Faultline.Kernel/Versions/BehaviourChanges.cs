using static Faultline.Kernel.Versions.BehaviourChange;

namespace Faultline.Kernel.Versions;

/// <summary>
/// Every commit that changed a modelled behaviour, oldest first for each behaviour: the versions are made from this list
/// (<see cref="KernelVersions"/>), and <c>VERSION~COMMIT</c> names a version with one of them taken out.
/// </summary>
public static class BehaviourChanges
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<BehaviourChange> All { get; } = [.. Mm(), .. Dax(), .. Huge(), .. Filesystems()];

    /// <summary>The commits whose id starts so; empty: none is known, or the abbreviation is shorter than 7 digits.</summary>
    public static IReadOnlyList<BehaviourChange> WithCommit(string id) =>
        id.Length < 7 ? [] : [.. All.Where(c => c.Commit.StartsWith(id, StringComparison.OrdinalIgnoreCase)
            || id.StartsWith(c.Commit, StringComparison.OrdinalIgnoreCase))];

    private static IEnumerable<BehaviourChange> Mm() =>
    [
        Of("v4.11", nameof(KernelVersion.GupFastWrite), GupFastWrite.TooLate, GupFastWrite.First,
            "ef947b2529f9", "x86, mm: fix gup_pte_range() vs DAX mappings"),
        Of("v4.12", nameof(KernelVersion.DevmapCheck), DevmapCheck.TransUnstableFirst, DevmapCheck.DevmapFirst,
            "d0f0931de936", "mm: avoid spurious 'bad pmd' warning messages"),
        Of("v4.13", nameof(KernelVersion.NestedZap), NestedZap.NoFlush, NestedZap.Flush,
            "99baac21e458", "mm: fix MADV_[FREE|DONTNEED] TLB flush miss problem"),
        Of("v4.14", nameof(KernelVersion.PresentPte), PresentPte.Busy, PresentPte.OtherPfnWarnsOnMkwrite,
            "b2770da64254", "mm: add vm_insert_mixed_mkwrite()"),
        Of("v4.19", nameof(KernelVersion.ForkCopy), ForkCopy.Copies, ForkCopy.Skips,
            "e1fb4a086495", "dax: remove VM_MIXEDMAP for fsdax and device dax"),
        Of("v4.20", nameof(KernelVersion.PresentPte), PresentPte.OtherPfnWarnsOnMkwrite, PresentPte.OtherPfnWarnsUnlessZero,
            "f2c57d91b0d9", "mm: Fix warning in insert_pfn()"),
        Of("v5.1", nameof(KernelVersion.MatchUpdate), MatchUpdate.SetPteAt, MatchUpdate.PtepSetAccessFlags,
            "cae85cb8add3", "mm/memory.c: fix modifying of page protection by insert_pfn()"),
        Of("v5.6", nameof(KernelVersion.CowCopyFailure), CowCopyFailure.ZeroFill, CowCopyFailure.RetryUnderPtl,
            "c3e5ea6ee574", "mm: avoid data corruption on CoW fault into PFN-mapped VMA"),
        Of("v5.18", nameof(KernelVersion.UnmapLock), UnmapLock.Write, UnmapLock.Read,
            "2c8659951654", "mm/mmap: take i_mmap_rwsem for reading in unmap_mapping_range()"),
        Of("v6.7", nameof(KernelVersion.VmaLock), VmaLock.None, VmaLock.Tried,
            "4ed4379881aa", "mm: handle shared faults under the VMA lock"),
        Of("v6.17", nameof(KernelVersion.DontNeedLock), DontNeedLock.MmapLock, DontNeedLock.VmaLock,
            "a6fde7add78d", "mm: use per_vma lock for MADV_DONTNEED"),
        Of("v6.14", nameof(KernelVersion.TableReclaim), TableReclaim.None, TableReclaim.EmptyTables,
            "6375e95f381e", "mm: pgtable: reclaim empty PTE page in madvise(MADV_DONTNEED)"),
        Of("v6.15", nameof(KernelVersion.PresentPte), PresentPte.OtherPfnWarnsUnlessZero, PresentPte.OtherPfnFaults,
            "38607c62b34b", "fs/dax: properly refcount fs dax pages"),
        Of("v6.15", nameof(KernelVersion.DaxPages), DaxPages.Special, DaxPages.Refcounted,
            "38607c62b34b", "fs/dax: properly refcount fs dax pages"),
    ];

    private static IEnumerable<BehaviourChange> Dax() =>
    [
        Of("v4.3", nameof(KernelVersion.BlockZeroing), BlockZeroing.ByEachFault, BlockZeroing.UnderIMmapLock,
            "843172978bb9", "dax: fix race between simultaneous faults"),
        Of("v4.5", nameof(KernelVersion.BlockZeroing), BlockZeroing.UnderIMmapLock, BlockZeroing.ByFilesystem,
            "0f90cc6609c7", "mm, dax: fix DAX deadlocks"),
        Of("v4.7", nameof(KernelVersion.EntryLocking), EntryLocking.None, EntryLocking.LockBit,
            "ac401cc78242", "dax: New fault locking"),
        Of("v4.10", nameof(KernelVersion.HolePageWake), WakeMode.Next, WakeMode.All,
            "965d004af540", "dax: fix deadlock with DAX 4k holes"),
        Of("v4.10", nameof(KernelVersion.WritebackLocked), WritebackLocked.Skips, WritebackLocked.Waits,
            "a6abc2c0e77b", "dax: make cache flushing protected by entry lock"),
        Of("v4.10", nameof(KernelVersion.DirtyClearing), DirtyClearing.Never, DirtyClearing.AfterFlush,
            "4b4bb46d00b3", "dax: clear dirty entry tags on cache flush"),
        Of("v4.10", nameof(KernelVersion.InvalidateDirty), InvalidateDirty.Deletes, InvalidateDirty.Keeps,
            "c6dcf52c23d2", "mm: Invalidate DAX radix tree entries only if appropriate"),
        Of("v4.10", nameof(KernelVersion.WriteInvalidation), WriteInvalidation.BeforeAllocation, WriteInvalidation.AfterAllocation,
            "e3fce68cdbed", "dax: Avoid page invalidation races and unnecessary radix tree traversals"),
        Of("v4.10", nameof(KernelVersion.BlockLookup), BlockLookup.AfterEntryLock, BlockLookup.BeforeEntryLock,
            "9f141d6ef625", "dax: Call ->iomap_begin without entry lock during dax fault"),
        Of("v4.11", nameof(KernelVersion.RadixRace), RadixRace.InsertFails, RadixRace.LooksAgain,
            "e11f8b7b6c4e", "dax: fix radix tree insertion race"),
        Of("v4.12", nameof(KernelVersion.BlockLookup), BlockLookup.BeforeEntryLock, BlockLookup.AfterEntryLock,
            "13e451fdc1af", "dax: fix data corruption when fault races with write"),
        Of("v4.12", nameof(KernelVersion.InvalidateUnmap), InvalidateUnmap.PageCacheOnly, InvalidateUnmap.DaxToo,
            "cd656375f946", "mm: fix data corruption due to stale mmap reads"),
        Of("v4.12", nameof(KernelVersion.InvalidateMapped), InvalidateMapped.Removes, InvalidateMapped.Keeps,
            "4636e70bb0a8", "dax: prevent invalidation of mapped DAX entries"),
        Of("v4.14", nameof(KernelVersion.HoleBacking), HoleBacking.PageCachePage, HoleBacking.CommonZeroPage,
            "91d25ba8a6b0", "dax: use common 4k zero page for dax mmap reads"),
        Of("v4.14", nameof(KernelVersion.SharedStoreInsert), SharedStoreInsert.ReadOnlyThenMkwrite, SharedStoreInsert.WritableAtOnce,
            "91d25ba8a6b0", "dax: use common 4k zero page for dax mmap reads"),
        Of("v4.19", nameof(KernelVersion.SyncMkwriteBusy), SyncMkwriteBusy.Sigbus, SyncMkwriteBusy.NoPage,
            "ab77dab46210", "fs/dax.c: use new return type vm_fault_t"),
        Of("v4.19", nameof(KernelVersion.LockPageRetry), LockPageRetry.KeepsTreeLock, LockPageRetry.DropsTreeLock,
            "f52afc93cd01", "dax: Fix deadlock in dax_lock_mapping_entry()"),
        Of("v4.20", nameof(KernelVersion.EntryStore), EntryStore.RadixTree, EntryStore.XArray,
            "b15cd800682f", "dax: Convert page fault handlers to XArray"),
        Of("v4.20", nameof(KernelVersion.LockPageWake), LockPageWake.Lost, LockPageWake.PassedOn,
            "25bbe21bf427", "dax: Avoid losing wakeup in dax_lock_mapping_entry"),
        Of("v5.13", nameof(KernelVersion.WakeAfterInvalidate), WakeMode.Next, WakeMode.All,
            "237388320def", "dax: Wake up all waiters after invalidating dax entry"),
        Of("v6.0", nameof(KernelVersion.ReadFaultTag), ReadFaultTag.Clean, ReadFaultTag.Dirty,
            "e5d6df735783", "fsdax: replace mmap entry in case of CoW"),
        Of("v6.2", nameof(KernelVersion.ReadFaultTag), ReadFaultTag.Dirty, ReadFaultTag.Clean,
            "f76b3a32879d", "fsdax,xfs: set the shared flag when file extent is shared"),
        Of("v6.2", nameof(KernelVersion.CowInvalidate), CowInvalidate.NewOnly, CowInvalidate.CowToo,
            "f80e1668888f", "fsdax: invalidate pages when CoW"),
    ];

    private static IEnumerable<BehaviourChange> Huge() =>
    [
        Of("v6.2", nameof(KernelVersion.PmdPrivateWrite), PmdPrivateWrite.AsksHandler, PmdPrivateWrite.SplitsAtOnce,
            "aea06577a900", "mm: don't call vm_ops->huge_fault() in wp_huge_pmd()/wp_huge_pud() for private mappings"),
        Of("v6.15", nameof(KernelVersion.FolioPutCheck), FolioPutCheck.None, FolioPutCheck.HugeOnly,
            "38607c62b34b", "fs/dax: properly refcount fs dax pages"),
        Of("v6.18", nameof(KernelVersion.PmdHolePresent), PmdHolePresent.Fallback, PmdHolePresent.NoPage,
            "b0f86aaebed1", "fs/dax: use vmf_insert_folio_pmd() to insert the huge zero folio"),
        Of("v7.1", nameof(KernelVersion.FolioPutCheck), FolioPutCheck.HugeOnly, FolioPutCheck.All,
            "59eb73b98ae0", "dax: Factor out dax_folio_reset_order() helper"),
        Of("v4.5", nameof(KernelVersion.HugeOverHole), HugeOverHole.IgnoresPages, HugeOverHole.FallsBack,
            "de14b9cb5e02", "dax: fix conversion of holes to PMDs"),
        Of("v4.5", nameof(KernelVersion.PresentPmd), PresentPmd.Skipped, PresentPmd.Overwritten,
            "01871e59af5c", "mm, dax: fix livelock, allow dax pmd mappings to become writeable"),
        Of("v4.10", nameof(KernelVersion.MkcleanPmd), MkcleanPmd.Skips, MkcleanPmd.Cleans,
            "f729c8c9b24f", "dax: wrprotect pmd_t in dax_mapping_entry_mkclean"),
        Of("v4.12", nameof(KernelVersion.PmdCollisionCheck), PmdCollisionCheck.None, PmdCollisionCheck.Recheck,
            "e2093926a098", "dax: fix race between colliding PMD & PTE entries"),
        Of("v4.13", nameof(KernelVersion.PmdColour), PmdColour.Unchecked, PmdColour.Checked,
            "fffa281b48a9", "dax: fix deadlock due to misaligned PMD faults"),
        Of("v4.20", nameof(KernelVersion.ConflictScan), ConflictScan.FirstOnly, ConflictScan.All,
            "0e40de0338d0", "dax: Fix huge page faults"),
        Of("v5.1", nameof(KernelVersion.PresentPmd), PresentPmd.Overwritten, PresentPmd.Checked,
            "c6f3c5ee40c1", "mm/huge_memory.c: fix modifying of page protection by insert_pfn_pmd()"),
        Of("v5.2", nameof(KernelVersion.PmdFlagsAddress), PmdFlagsAddress.AsFaulted, PmdFlagsAddress.Aligned,
            "fce86ff5802b", "mm/huge_memory: fix vmf_insert_pfn_{pmd, pud}() crash, handle unaligned addresses"),
        Of("v5.2", nameof(KernelVersion.MkcleanPmdMoment), MkcleanPmdMoment.None, MkcleanPmdMoment.Invalid,
            "024eee0e83f0", "mm: page_mkclean vs MADV_DONTNEED race"),
        Of("v5.3", nameof(KernelVersion.ConflictWait), ConflictWait.OnOwnIndex, ConflictWait.FallsBack,
            "23c84eb78375", "dax: Fix missed wakeup with PMD faults"),
        Of("v5.4", nameof(KernelVersion.NullConflict), NullConflict.Conflict, NullConflict.Free,
            "6370740e5f8e", "fs/dax: Fix pmd vs pte conflict detection"),
        Of("v5.19", nameof(KernelVersion.MkcleanRange), MkcleanRange.FirstIndex, MkcleanRange.WholeEntry,
            "06083a0921fd", "dax: fix missing writeprotect the pte entry"),
    ];

    private static IEnumerable<BehaviourChange> Filesystems() =>
    [
        Of("v4.5", nameof(KernelVersion.Ext4PunchLock), Ext4PunchLock.None, Ext4PunchLock.Exclusive,
            "ea3d7209ca01", "ext4: fix races between page faults and hole punching"),
        Of("v4.5", nameof(KernelVersion.Ext4ShiftFlush), Ext4ShiftFlush.BeforeLocks, Ext4ShiftFlush.UnderLocks,
            "32ebffd3bbb4", "ext4: fix races between buffered IO and collapse / insert range"),
        Of("v4.10", nameof(KernelVersion.JournalStart), JournalStart.BeforeEntryLock, JournalStart.InIomapBegin,
            "e2ae766c1b03", "ext4: convert DAX faults to iomap infrastructure"),
        Of("v4.12", nameof(KernelVersion.JournalStart), JournalStart.InIomapBegin, JournalStart.BeforeEntryLock,
            "fb26a1cbed8c", "ext4: return to starting transaction in ext4_dax_huge_fault()"),
        Of("v4.14", nameof(KernelVersion.Ext4CowPrelude), CowPrelude.AsWrite, CowPrelude.AsRead,
            "fd96b8da68d3", "ext4: fix fault handling when mounted with -o dax,ro"),
        Of("v4.18", nameof(KernelVersion.XfsLayoutBreak), LayoutBreak.None, LayoutBreak.Waits,
            "d6dc57e251a4", "xfs, dax: introduce xfs_break_dax_layouts()"),
        Of("v4.19", nameof(KernelVersion.Ext4LayoutBreak), LayoutBreak.None, LayoutBreak.Waits,
            "430657b6be89", "ext4: handle layout changes to pinned DAX mappings"),
        Of("v5.3", nameof(KernelVersion.BusyPageUnmap), BusyPageUnmap.CopiesToo, BusyPageUnmap.FileOnly,
            "d75996dd022b", "dax: dax_layout_busy_page() should not unmap cow pages"),
        Of("v5.3", nameof(KernelVersion.Ext4TruncateOrder), Ext4TruncateOrder.SizeFirst, Ext4TruncateOrder.LockFirst,
            "b9c1c26739ec", "ext4: gracefully handle ext4_break_layouts() failure during truncate"),
        Of("v5.6", nameof(KernelVersion.XfsShiftStart), XfsShiftStart.Range, XfsShiftStart.PageBefore,
            "d0c2204135a0", "xfs: stabilize insert range start boundary to avoid COW writeback race"),
        Of("v5.9", nameof(KernelVersion.XfsCowPrelude), CowPrelude.AsWrite, CowPrelude.AsRead,
            "b17164e258e3", "xfs: don't update mtime on COW faults"),
        Of("v5.10", nameof(KernelVersion.XfsTruncateFlush), XfsTruncateFlush.None, XfsTruncateFlush.LastPage,
            "869ae85dae64", "xfs: flush new eof page on truncate to avoid post-eof corruption"),
        Of("v6.12", nameof(KernelVersion.XfsTruncateFlush), XfsTruncateFlush.LastPage, XfsTruncateFlush.None,
            "c5c810b94cfd", "iomap: fix handling of dirty folios over unwritten extents"),
        Of("v6.12", nameof(KernelVersion.Ext4PunchFlush), Ext4PunchFlush.Range, Ext4PunchFlush.None,
            "43d0105e2c75", "ext4: don't write back data before punch hole in nojournal mode"), // v6.15; in stable since 6.12.27 and 6.14.6
        Of("v6.12", nameof(KernelVersion.Ext4RangeCheck), Ext4RangeCheck.BeforeLayoutBreak, Ext4RangeCheck.AfterLayoutBreak,
            "2890e5e0f49e", "ext4: move out common parts into ext4_fallocate()"), // v6.15; in stable with 43d0105e2c75
        Of("v6.15", nameof(KernelVersion.IdleRefcount), IdleRefcount.Unpinned, IdleRefcount.UnpinnedAndUnmapped,
            "38607c62b34b", "fs/dax: properly refcount fs dax pages"),
        Of("v6.15", nameof(KernelVersion.BrokenEntries), BrokenEntries.Kept, BrokenEntries.Deleted,
            "bde708f1a65d", "fs/dax: always remove DAX page-cache entries when breaking layouts"),
    ];
}
