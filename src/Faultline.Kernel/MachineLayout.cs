using Faultline.Engine.State;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel;

/// <summary>
/// Where the words of a machine lie. Pages of all files are numbered through ("file page"), pages of all mappings too ("mapped
/// page"), and PMDs; an object's word is its first index plus that number. What a program cannot touch has no words.
/// </summary>
internal sealed partial class MachineLayout
{
    /// <summary>Anonymous pages that one thread can have in flight: one being filled, one zapped and not yet flushed.</summary>
    public const int AnonPagesInFlight = 2;

    public readonly int[] FirstFilePage;
    public readonly int[] FirstBlock;
    public readonly int[] FirstMappedPage;
    public readonly int[] FirstPmd;
    public readonly int FilePages;
    public readonly int Blocks;
    public readonly int MappedPages;
    public readonly int[] FirstAnonPage;
    public readonly int AnonPages;
    public readonly int[] FirstRegister;

    public readonly int MmapLock;
    public readonly int PmdLock;
    public readonly int VmaLock;
    public readonly int SbPagefaults;
    public readonly int Journal;
    public readonly int InodeRwsem;
    public readonly int FaultLock;
    public readonly int BlockMapLock;
    public readonly int IMmapRwsem;
    public readonly int TreeLock;
    public readonly int EntryLock;
    public readonly int HolePageLock;
    public readonly int Ptl;

    public readonly int EntryWaiters;
    public readonly int IdleWaiters;
    public readonly int ForkWaiters;
    public readonly int Sizes;
    public readonly int Entries;
    public readonly int Extents;
    public readonly int HolePageInCache;
    public readonly int VmaState;
    public readonly int Pmds;
    public readonly int Ptes;
    public readonly int FirstTlb;
    public readonly int BlockData;
    public readonly int BlockState;
    public readonly int BlockPins;
    public readonly int CowFork;
    public readonly int AnonData;
    public readonly int AnonState;
    public readonly int ZeroPageData;
    public readonly int WritingAt;
    public readonly int FaultingAt;
    public readonly int ChangingLayout;
    public readonly int Registers;
    public readonly int Signals;
    public readonly int FaultCounts;
    public readonly int Warned;
    public readonly int Bugs;
    public readonly int Marks;
    public readonly int Unmapping;

    public readonly int LineState;
    public readonly int LineFlushing;
    public readonly int LineDurable;
    public readonly int DurableExtents;
    public readonly int DurableSizes;
    public readonly int MetadataDirty;
    public readonly int Crashed;
    public readonly int CrashImage;
    public readonly int CrashSizes;

    private readonly int[,] firstTlb;

    public MachineLayout(Layout layout, Machine machine)
    {
        UserProgram program = machine.Program;
        KernelVersion version = machine.Version;
        Footprint footprint = machine.Footprint;
        int files = program.Files.Count, maps = program.Maps.Count, threads = program.Threads.Count, processes = program.Processes.Count;
        FirstFilePage = PrefixSums.Of(program.Files.Select(f => f.Pages.Count));
        FirstMappedPage = PrefixSums.OfMappedPages(program);
        FirstPmd = PrefixSums.Of(program.Maps.Select(m => PmdsOf(program, m)));
        FilePages = FirstFilePage[files];
        MappedPages = FirstMappedPage[maps];
        FirstBlock = BlocksOf(program);
        Blocks = FirstBlock[files] + (footprint.Reflinks ? FilePages : 0);
        FirstAnonPage = PrefixSums.Of(program.Maps.Select(m => m.Shared ? 0 : program.Files[m.File].Pages.Count));
        AnonPages = AnonPagesOf(program, footprint);

        FilesystemNames names = FilesystemNames.Of(machine.Filesystem, FunctionNames.HasInvalidateLock(version.Name));
        var of = new WordNames(program, this);
        bool spares = footprint.SparesReaders;
        MmapLock = layout.AddLock(
            "mmap_lock", "mmap_lock", count: processes, neverWritten: spares && !footprint.ChangesVmas, nameAt: of.Process("mmap_lock"));
        bool locksVmas = footprint.TriesVmaLocks && version.VmaLock == Versions.VmaLock.Tried;
        VmaLock = layout.AddLock("vma_lock", "vma_lock", count: locksVmas ? maps : 0, nameAt: of.Map("vma_lock"));
        SbPagefaults = layout.AddLock("sb_pagefaults", "sb_pagefaults", neverWritten: spares);
        Journal = layout.AddLock(names.Journal, names.Journal, neverWritten: spares && !footprint.Commits);
        InodeRwsem = AddPerFile(layout, files, of, names.InodeRwsem, neverWritten: spares && !footprint.Writes && !footprint.ChangesLayout);
        FaultLock = AddPerFile(layout, files, of, names.FaultLock, neverWritten: spares && !footprint.ChangesLayout);
        BlockMapLock = AddPerFile(layout, files, of, names.BlockMapLock, neverWritten: spares && !footprint.Allocates);
        IMmapRwsem = AddPerFile(layout, files, of, "i_mmap_rwsem", neverWritten: spares && !IsIMmapWritten(machine));
        TreeLock = AddPerFile(
            layout, files, of, version.EntryStore == EntryStore.XArray ? "i_pages" : "tree_lock", neverWritten: false, spinning: true);
        EntryLock = layout.AddLock("entry_lock", "entry_lock", count: FilePages, nameAt: of.FilePage("entry_lock"));
        if (machine.Filesystem == FilesystemKind.Ext4)
        {
            layout.AddKnownOrder(Journal, EntryLock); // fb26a1cbed8c: a handle is started before an entry is locked
        }

        bool holePages = machine.HasHolePages;
        HolePageLock = layout.AddLock("page_lock", "page_lock", count: holePages ? FilePages : 0, nameAt: of.FilePage("page_lock"));
        PmdLock = layout.AddLock("pmd_lock", "pmd_lock", spinning: true, count: footprint.Huge ? processes : 0, nameAt: of.Process("pmd_lock"));
        Ptl = layout.AddLock("ptl", "ptl", spinning: true, count: FirstPmd[maps], nameAt: of.Ptl);

        EntryWaiters = layout.Add("waiters", FilePages, WordKind.Synchronisation, nameAt: of.FilePage("waiters"));
        IdleWaiters = layout.Add("idle_waiters", footprint.DirectReads ? Blocks : 0, WordKind.Synchronisation);
        ForkWaiters = layout.Add("fork_waiters", footprint.Forks ? threads : 0, WordKind.Synchronisation);
        Sizes = layout.Add("size", files, WordKind.Visible, nameAt: of.File("size"));
        Entries = AddPerFilePage(layout, program, "entry", WordKind.GuardedWithLocklessReaders, TreeLock, w => new MappingEntry(w).ToString());
        Extents = AddPerFilePage(layout, program, "extent", WordKind.Guarded, BlockMapLock, w => new Extent(w).ToString());
        HolePageInCache = layout.Add("in_page_cache", holePages ? FilePages : 0, WordKind.Private, nameAt: of.FilePage("in_page_cache"));
        VmaState = layout.Add("vma", footprint.ChangesVmas ? maps : 0, WordKind.Visible, nameAt: of.Map("vma"));
        Pmds = AddPmds(layout, program, footprint);
        Ptes = AddPtes(layout, program);
        FirstTlb = layout.WordCount;
        firstTlb = AddTlbs(layout, program, of);
        BlockData = layout.Add("block", Blocks * program.WordsPerPage, WordKind.Visible, nameAt: of.PageWord("block"));
        BlockState = layout.Add("block_state", Blocks, footprint.FreesBlocks ? WordKind.Visible : WordKind.Private);
        BlockPins = layout.Add("block_pins", footprint.DirectReads ? Blocks : 0, WordKind.Visible, nameAt: w => $"pins of block {w}");

        CowFork = AddPerFilePage(layout, footprint.Reflinks ? program : program with { Files = [] }, "cow_fork", WordKind.Guarded, BlockMapLock, w => $"{w}");
        AnonData = layout.Add("anon", AnonPages * program.WordsPerPage, WordKind.Visible, nameAt: of.PageWord("anon"));
        ZeroPageData = layout.Add("zero page", program.WordsPerPage, WordKind.Visible, nameAt: w => $"zero page.{w}");
        AnonState = layout.Add("anon_state", AnonPages, WordKind.Private);
        WritingAt = layout.Add("writing_at", FilePages, WordKind.Private);
        FaultingAt = layout.Add("faulting_at", version.BlockLookup == BlockLookup.BeforeEntryLock ? FilePages : 0, WordKind.Private);
        ChangingLayout = layout.Add("changing_layout", footprint.ChangesLayout ? files : 0, WordKind.Private);
        FirstRegister = PrefixSums.Of(program.Threads.Select(t => t.Registers.Count));
        Registers = layout.Add("register", FirstRegister[threads], WordKind.Private);
        Signals = layout.Add("signal", threads, WordKind.Private);
        FaultCounts = layout.Add("faults", threads, WordKind.Private);
        Warned = layout.Add("warned", 1, WordKind.Private);
        Bugs = layout.Add("bugs", 1, WordKind.Private);
        Marks = layout.Add("marks", 1, WordKind.Private);
        Unmapping = layout.Add("unmapping", Sites.Observes(machine, Mark.UnmapOverlap) ? files : 0, WordKind.Visible, nameAt: of.File("unmapping"));

        int lines = footprint.Persists ? Blocks * program.WordsPerPage : 0, pages = footprint.Persists ? FilePages : 0;
        LineState = layout.Add("line", lines, WordKind.Private, nameAt: of.PageWord("line"));
        LineFlushing = layout.Add("line_flushing", lines, WordKind.Private, nameAt: of.PageWord("line_flushing"));
        LineDurable = layout.Add("line_durable", lines, WordKind.Private, nameAt: of.PageWord("line_durable"));
        DurableExtents = layout.Add("durable_extent", pages, WordKind.Private, format: w => new Extent(w).ToString(), nameAt: of.FilePage("durable_extent"));
        DurableSizes = layout.Add("durable_size", footprint.Persists ? files : 0, WordKind.Private, nameAt: of.File("durable_size"));
        MetadataDirty = layout.Add("metadata_dirty", footprint.Persists ? files : 0, WordKind.Visible, nameAt: of.File("metadata_dirty"));
        Crashed = layout.Add("crashed", footprint.Crashes ? 1 : 0, WordKind.Visible);
        CrashImage = layout.Add("crash_image", footprint.Crashes ? FilePages * program.WordsPerPage : 0, WordKind.Private);
        CrashSizes = layout.Add("crash_size", footprint.Crashes ? files : 0, WordKind.Private);
        SayWhoseWordsAre(layout, program, lines);
    }

    /// <summary>The word of a CPU's cached translation of a page of a mapping of its own process.</summary>
    public int Tlb(int cpu, int map, int page) => firstTlb[cpu, map] + page;

    /// <summary>Has the CPU translations of this mapping at all: is it one of its process?</summary>
    public bool HasTlb(int cpu, int map) => firstTlb[cpu, map] >= 0;

    /// <summary>PMDs that a mapping spans.</summary>
    private static int PmdsOf(UserProgram program, MapSpec map)
    {
        if (map.Alignment == Alignment.BasePages)
        {
            return 1; // one page table, for good
        }

        int last = program.Files[map.File].Pages.Count - 1 + ColourOf(map);
        return (last / program.HugePagePages) + 1;
    }

    /// <summary>By how many base pages addresses are ahead of file offsets, modulo the huge page.</summary>
    public static int ColourOf(MapSpec map) => map.Alignment == Alignment.Misaligned ? 1 : 0;

    // Files that may be mapped huge start at a block that a huge page can start at.
    private static int[] BlocksOf(UserProgram program)
    {
        var first = new int[program.Files.Count + 1];
        for (int file = 0; file < program.Files.Count; file++)
        {
            bool huge = program.Maps.Any(m => m.File == file && m.Alignment != Alignment.BasePages);
            int unit = huge ? program.HugePagePages : 1;
            first[file] = (first[file] + unit - 1) / unit * unit;
            first[file + 1] = first[file] + program.Files[file].Pages.Count;
        }

        return first;
    }

    private static int AnonPagesOf(UserProgram program, Footprint footprint)
    {
        int privatePages = program.Maps.Where(m => !m.Shared).Sum(m => program.Files[m.File].Pages.Count);
        bool stores = program.Instructions.Any(i => i.Opcode is Opcode.Store or Opcode.DirectRead && !program.Maps[i.Object].Shared);
        return privatePages == 0 || !stores ? 0 : privatePages + (program.Threads.Count * AnonPagesInFlight);
    }

    private static bool IsIMmapWritten(Machine machine)
    {
        Footprint footprint = machine.Footprint;
        bool zaps = footprint.Writes || footprint.ChangesLayout || footprint.Allocates || footprint.Poisons || footprint.HugeHoles;
        return footprint.Unmaps
            || footprint.Forks
            || (zaps && machine.Version.UnmapLock == UnmapLock.Write)
            || (footprint.Allocates && machine.Version.BlockZeroing == BlockZeroing.UnderIMmapLock);
    }
}
