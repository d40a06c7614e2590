using Faultline.Engine.State;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel;

/// <summary>
/// Where the words of a machine lie. Pages of all files are numbered through ("file page"), pages of all mappings too ("mapped
/// page"); an object's word is its first index plus that number.
/// </summary>
internal sealed class MachineLayout
{
    /// <summary>Anonymous pages that one thread can have in flight: one being filled, one zapped and not yet flushed.</summary>
    private const int AnonPagesInFlight = 2;

    public readonly int[] FirstFilePage;
    public readonly int[] FirstMappedPage;
    public readonly int[] FileOfPage;
    public readonly int FilePages;
    public readonly int MappedPages;
    public readonly int AnonPages;

    public readonly int MmapLock;
    public readonly int SbPagefaults;
    public readonly int Journal;
    public readonly int InodeRwsem;
    public readonly int FaultLock;
    public readonly int BlockMapLock;
    public readonly int IMmapRwsem;
    public readonly int TreeLock;
    public readonly int EntryLock;
    public readonly int EntryWaiters;
    public readonly int Entries;
    public readonly int Extents;
    public readonly int BlockData;
    public readonly int HolePageLock;
    public readonly int HolePageInCache;
    public readonly int Ptl;
    public readonly int Ptes;
    public readonly int Tlb;
    public readonly int AnonData;
    public readonly int AnonState;
    public readonly int AnonHint;
    public readonly int ZeroPageData;
    public readonly int Registers;
    public readonly int[] FirstRegister;
    public readonly int Sigbus;
    public readonly int FaultCounts;
    public readonly int Warned;
    public readonly int Bugs;
    public readonly int Marks;

    public MachineLayout(Layout layout, Machine machine)
    {
        UserProgram program = machine.Program;
        KernelVersion version = machine.Version;
        int files = program.Files.Count, maps = program.Maps.Count, threads = program.Threads.Count;
        FirstFilePage = Prefix(program.Files.Select(f => f.Pages.Count));
        FirstMappedPage = Prefix(program.Maps.Select(m => program.Files[m.File].Pages.Count));
        FilePages = FirstFilePage[files];
        MappedPages = FirstMappedPage[maps];
        FileOfPage = [.. program.Files.SelectMany((f, i) => Enumerable.Repeat(i, f.Pages.Count))];
        int privatePages = program.Maps.Where(m => !m.Shared).Sum(m => program.Files[m.File].Pages.Count);
        AnonPages = privatePages == 0 ? 0 : privatePages + (threads * AnonPagesInFlight);

        bool writes = machine.Footprint.Writes, allocates = machine.Footprint.Allocates;
        FilesystemNames names = FilesystemNames.Of(machine.Filesystem, version.FaultLock);
        MmapLock = layout.AddLock("mmap_lock", "mmap_lock", neverWritten: true);
        SbPagefaults = layout.AddLock("sb_pagefaults", "sb_pagefaults", neverWritten: true);
        Journal = layout.AddLock(names.Journal, names.Journal, neverWritten: true);
        InodeRwsem = layout.AddLock(names.InodeRwsem, names.InodeRwsem, count: files, neverWritten: !writes);
        FaultLock = layout.AddLock(names.FaultLock, names.FaultLock, count: files, neverWritten: true);
        BlockMapLock = layout.AddLock(names.BlockMapLock, names.BlockMapLock, count: files, neverWritten: !allocates);
        IMmapRwsem = layout.AddLock(
            "i_mmap_rwsem", "i_mmap_rwsem", count: files, neverWritten: version.UnmapLock == UnmapLock.Read);
        string treeLock = version.EntryStore == EntryStore.XArray ? "i_pages" : "tree_lock";
        TreeLock = layout.AddLock(treeLock, treeLock, spinning: true, count: files);
        EntryLock = layout.AddLock("entry_lock", "entry_lock", count: FilePages);
        bool holePages = version.HoleBacking == HoleBacking.PageCachePage;
        HolePageLock = layout.AddLock("page_lock", "page_lock", count: holePages ? FilePages : 0);
        Ptl = layout.AddLock("ptl", "ptl", spinning: true, count: maps);

        EntryWaiters = layout.Add("waiters", FilePages, WordKind.Synchronisation);
        Entries = AddPerFilePage(layout, "entry", program, w => new MappingEntry(w).ToString(), TreeLock);
        Extents = AddPerFilePage(layout, "extent", program, w => new Extent(w).ToString(), BlockMapLock);
        HolePageInCache = layout.Add("in_page_cache", holePages ? FilePages : 0, WordKind.Private);
        Ptes = AddPtes(layout, program);
        Tlb = layout.Add("tlb", threads * MappedPages, WordKind.Visible, format: w => new Pte(w).ToString());
        BlockData = layout.Add("block", FilePages * program.WordsPerPage, WordKind.Visible);
        AnonData = layout.Add("anon", AnonPages * program.WordsPerPage, WordKind.Visible);
        ZeroPageData = layout.Add("zero_page", program.WordsPerPage, WordKind.Visible);
        AnonState = layout.Add("anon_state", AnonPages, WordKind.Private);
        AnonHint = layout.Add("anon_hint", 1, WordKind.Private);
        FirstRegister = Prefix(program.Threads.Select(t => t.Registers.Count));
        Registers = layout.Add("register", FirstRegister[threads], WordKind.Private);
        Sigbus = layout.Add("sigbus", threads, WordKind.Private);
        FaultCounts = layout.Add("faults", threads, WordKind.Private);
        Warned = layout.Add("warned", 1, WordKind.Private);
        Bugs = layout.Add("bugs", 1, WordKind.Private);
        Marks = layout.Add("marks", 1, WordKind.Private);
    }

    private static int[] Prefix(IEnumerable<int> counts)
    {
        var sums = new List<int> { 0 };
        foreach (int count in counts)
        {
            sums.Add(sums[^1] + count);
        }

        return [.. sums];
    }

    // One range per file, so that its words are named and guarded by its own lock: "entry f[0]".
    private static int AddPerFilePage(Layout layout, string what, UserProgram program, Func<int, string> format, int firstLock)
    {
        int first = layout.WordCount;
        for (int file = 0; file < program.Files.Count; file++)
        {
            FileSpec spec = program.Files[file];
            layout.Add($"{what} {spec.Name}", spec.Pages.Count, WordKind.Guarded, firstLock + file, format);
        }

        return first;
    }

    private int AddPtes(Layout layout, UserProgram program)
    {
        int first = layout.WordCount;
        for (int map = 0; map < program.Maps.Count; map++)
        {
            int pages = FirstMappedPage[map + 1] - FirstMappedPage[map];
            layout.Add(
                $"pte {program.Maps[map].Name}", pages, WordKind.GuardedWithLocklessReaders, Ptl + map, w => new Pte(w).ToString());
        }

        return first;
    }
}
