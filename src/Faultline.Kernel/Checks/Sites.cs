using Faultline.Engine;
using Faultline.Engine.Sync;

namespace Faultline.Kernel.Checks;

/// <summary>Branches of modelled functions that a condition can ask for with <c>reach(mark)</c>.</summary>
public enum Mark
{
    /// <summary>insert_pfn.other_pfn: a present PTE has another PFN than the one to insert.</summary>
    InsertPfnOtherPfn,

    /// <summary>insert_pfn.same_pfn: a present PTE has the PFN to insert.</summary>
    InsertPfnSamePfn,

    /// <summary>insert_pfn.zero_pfn: a present PTE has the zero page's PFN, and another is to be inserted.</summary>
    InsertPfnZeroPfn,

    /// <summary>wp_page_copy.pte_changed: the copy was thrown away.</summary>
    WpPageCopyPteChanged,

    /// <summary>cow_user_page.failed: the source of the copy was not mapped any more.</summary>
    CowUserPageFailed,

    /// <summary>finish_fault.pte_present: a private copy met a present PTE.</summary>
    FinishFaultPtePresent,

    /// <summary>finish_mkwrite_fault.pte_changed: the PTE is not the one that faulted.</summary>
    FinishMkwriteFaultPteChanged,

    /// <summary>dax_pfn_mkwrite.no_entry: the mapping entry is gone.</summary>
    DaxPfnMkwriteNoEntry,

    /// <summary>grab_mapping_entry.restart: somebody inserted an entry meanwhile.</summary>
    GrabMappingEntryRestart,

    /// <summary>get_unlocked_entry.wait: the entry was locked.</summary>
    GetUnlockedEntryWait,

    /// <summary>invalidate.kept_dirty: a dirty entry was not invalidated.</summary>
    InvalidateKeptDirty,

    /// <summary>set_pte_at.present: a present PTE was written by set_pte_at(), which ppc64 warns of.</summary>
    SetPteAtPresent,

    /// <summary>file_update_time: the fault changed the file's times, as a write does.</summary>
    FileUpdateTime,

    /// <summary>dax_iomap_fault.collision: the PMD changed between page table and huge page while the fault waited for the entry.</summary>
    DaxPmdCollision,

    /// <summary>dax_iomap_pmd_fault.fallback: the huge fault fell back to 4 KiB.</summary>
    DaxPmdFallback,

    /// <summary>dax_pmd_load_hole.present: a PMD was there already.</summary>
    DaxPmdLoadHolePresent,

    /// <summary>grab_mapping_entry.downgrade: a huge entry of a hole gave way to one of 4 KiB.</summary>
    GrabMappingEntryDowngrade,

    /// <summary>dax_insert_pfn_mkwrite.no_entry: the entry went while the metadata was made persistent.</summary>
    DaxInsertPfnMkwriteNoEntry,

    /// <summary>break_layout.wait: a page of the file was pinned.</summary>
    BreakLayoutWaits,

    /// <summary>unmap_mapping_range.overlap: two of them ran at once on one file.</summary>
    UnmapOverlap,

    /// <summary>vma_lock.fault: a fault was handled under the lock of its VMA.</summary>
    VmaLockFault,

    /// <summary>set_pmd_at.present: a present huge PMD was written by set_pmd_at(), which ppc64 warns of.</summary>
    SetPmdAtPresent,

    /// <summary>finish_fault.huge_pmd: a huge page came while the handler filled a private copy.</summary>
    FinishFaultHugePmd,

    /// <summary>vma_lock.dontneed: MADV_DONTNEED ran under the lock of its VMA.</summary>
    VmaLockDontNeed,

    /// <summary>pagefault_out_of_memory: a fault ended with VM_FAULT_OOM, and is taken again.</summary>
    PagefaultOutOfMemory,

    /// <summary>faultin_page.out_of_memory: a fault in a system call ended with VM_FAULT_OOM; the call fails with -ENOMEM.</summary>
    FaultinPageOutOfMemory,
}

/// <summary>The names of WARN sites, BUG sites and marks, and how model code reports them.</summary>
public static class Sites
{
    private static readonly string[] MarkNames =
    [
        "insert_pfn.other_pfn", "insert_pfn.same_pfn", "insert_pfn.zero_pfn", "wp_page_copy.pte_changed", "cow_user_page.failed",
        "finish_fault.pte_present", "finish_mkwrite_fault.pte_changed", "dax_pfn_mkwrite.no_entry", "grab_mapping_entry.restart",
        "get_unlocked_entry.wait", "invalidate.kept_dirty", "set_pte_at.present", "file_update_time", "dax_iomap_fault.collision",
        "dax_iomap_pmd_fault.fallback", "dax_pmd_load_hole.present", "grab_mapping_entry.downgrade", "dax_insert_pfn_mkwrite.no_entry",
        "break_layout.wait", "unmap_mapping_range.overlap", "vma_lock.fault", "set_pmd_at.present",
        "finish_fault.huge_pmd", "vma_lock.dontneed", "pagefault_out_of_memory", "faultin_page.out_of_memory",
    ];

    private static readonly string[] WarnNames =
    [
        "insert_pfn", "insert_page_into_pte_locked", "dax_insert_mapping_entry", "dax_unlock_mapping_entry", "page_cache_tree_insert",
        "dax_load_hole", "dax_iomap_pte_fault", "dax_iomap_actor", "finish_mkwrite_fault", "cow_user_page",
        "insert_pfn_pmd", "pmd_clear_bad", "dax_writeback_one", "dax_iomap_pmd_fault", "truncate_folio_batch_exceptionals", "dax_folio_put",
    ];

    private static readonly string[] BugNames = ["dax_unlock_entry", "pmdp_set_access_flags"];

    /// <summary>
    /// Marks that ordinary runs pass, too: a story tells them where a condition asks, but never turns on them.
    /// </summary>
    public static IReadOnlyList<string> OrdinaryMarks { get; } =
        ["file_update_time", "set_pte_at.present", "dax_iomap_pmd_fault.fallback", "vma_lock.fault"];

    /// <summary>Every mark that can be asked for.</summary>
    public static IReadOnlyList<string> Marks => MarkNames;

    /// <summary>Every function with a modelled WARN.</summary>
    public static IReadOnlyList<string> Warns => WarnNames;

    /// <summary>Every function with a modelled BUG.</summary>
    public static IReadOnlyList<string> Bugs => BugNames;

    /// <summary>Bit of a mark, or 0 when there is none of that name.</summary>
    public static int MarkBit(string name) => BitOf(MarkNames, name);

    /// <summary>Bit of a WARN site, or 0 when there is none of that name.</summary>
    public static int WarnBit(string name) => BitOf(WarnNames, name);

    /// <summary>Bit of a BUG site, or 0 when there is none of that name.</summary>
    public static int BugBit(string name) => BitOf(BugNames, name);

    /// <summary>Does the condition ask for this mark?</summary>
    internal static bool Observes(Machine machine, Mark mark) => (machine.Observe.Marks & (1 << (int)mark)) != 0;

    /// <summary>Notes that a marked branch was taken.</summary>
    internal static void Reach(Mark mark)
    {
        Machine machine = Machine.Current;
        int bit = 1 << (int)mark;
        if ((machine.Observe.Marks & bit) != 0)
        {
            Execution.Current.SetBits(machine.Places.Marks, bit);
        }

        Execution.Current.Recorder?.Note(MarkNames[(int)mark]);
    }

    /// <summary>WARN_ON_ONCE(): the kernel goes on.</summary>
    internal static void Warn(string function, int word = -1, string? detail = null)
    {
        Execution execution = Execution.Current;
        execution.SetBits(Machine.Current.Places.Warned, WarnBit(function));
        execution.Raise(ViolationKind.Warn, function, word, detail);
    }

    /// <summary>BUG(): the thread stops where it awaits this.</summary>
    internal static HaltStep Bug(string function, int word = -1)
    {
        Execution execution = Execution.Current;
        execution.SetBits(Machine.Current.Places.Bugs, BugBit(function));
        execution.Raise(ViolationKind.Bug, function, word);
        return default;
    }

    private static int BitOf(string[] names, string name)
    {
        int at = Array.IndexOf(names, name);
        return at < 0 ? 0 : 1 << at;
    }
}
