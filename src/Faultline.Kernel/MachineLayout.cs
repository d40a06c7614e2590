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
    public readonly int WritingAt;
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
        FirstFilePage = PrefixSums.Of(program.Files.Select(f => f.Pages.Count));
        FirstMappedPage = PrefixSums.OfMappedPages(program);
        FilePages = FirstFilePage[files];
        MappedPages = FirstMappedPage[maps];
        int privatePages = program.Maps.Where(m => !m.Shared).Sum(m => program.Files[m.File].Pages.Count);
        AnonPages = privatePages == 0 ? 0 : privatePages + (threads * AnonPagesInFlight);

        bool writes = machine.Footprint.Writes, allocates = machine.Footprint.Allocates;
        FilesystemNames names = FilesystemNames.Of(machine.Filesystem, version.FaultLock);
        var of = new WordNames(program, this);
        bool never = machine.Footprint.SparesReaders;
        MmapLock = layout.AddLock("mmap_lock", "mmap_lock", neverWritten: never);
        SbPagefaults = layout.AddLock("sb_pagefaults", "sb_pagefaults", neverWritten: never);
        Journal = layout.AddLock(names.Journal, names.Journal, neverWritten: never);
        InodeRwsem = AddPerFile(layout, files, of, names.InodeRwsem, neverWritten: never && !writes);
        FaultLock = AddPerFile(layout, files, of, names.FaultLock, neverWritten: never);
        BlockMapLock = AddPerFile(layout, files, of, names.BlockMapLock, neverWritten: never && !allocates);
        IMmapRwsem = AddPerFile(layout, files, of, "i_mmap_rwsem", neverWritten: never && version.UnmapLock == UnmapLock.Read);
        TreeLock = AddPerFile(
            layout, files, of, version.EntryStore == EntryStore.XArray ? "i_pages" : "tree_lock", neverWritten: false, spinning: true);
        EntryLock = layout.AddLock("entry_lock", "entry_lock", count: FilePages, nameAt: of.FilePage("entry_lock"));
        bool holePages = version.HoleBacking == HoleBacking.PageCachePage;
        HolePageLock = layout.AddLock("page_lock", "page_lock", count: holePages ? FilePages : 0, nameAt: of.FilePage("page_lock"));
        Ptl = layout.AddLock("ptl", "ptl", spinning: true, count: maps, nameAt: of.Map("ptl"));

        EntryWaiters = layout.Add("waiters", FilePages, WordKind.Synchronisation, nameAt: of.FilePage("waiters"));
        (string, int)[] filesAndPages = [.. program.Files.Select(f => (f.Name, f.Pages.Count))];
        (string, int)[] mapsAndPages = [.. program.Maps.Select(m => (m.Name, program.Files[m.File].Pages.Count))];
        Entries = AddPaged(
            layout, "entry", filesAndPages, WordKind.GuardedWithLocklessReaders, TreeLock, w => new MappingEntry(w).ToString());
        Extents = AddPaged(layout, "extent", filesAndPages, WordKind.Guarded, BlockMapLock, w => new Extent(w).ToString());
        HolePageInCache = layout.Add(
            "in_page_cache", holePages ? FilePages : 0, WordKind.Private, nameAt: of.FilePage("in_page_cache"));
        Ptes = AddPaged(layout, "pte", mapsAndPages, WordKind.GuardedWithLocklessReaders, Ptl, w => new Pte(w).ToString());
        Tlb = layout.Add(
            "tlb", threads * MappedPages, WordKind.Visible, format: w => new Pte(w).ToString(), nameAt: of.TlbEntry);
        BlockData = layout.Add("block", FilePages * program.WordsPerPage, WordKind.Visible, nameAt: of.PageWord("block"));
        AnonData = layout.Add("anon", AnonPages * program.WordsPerPage, WordKind.Visible, nameAt: of.PageWord("anon"));
        ZeroPageData = layout.Add("zero page", program.WordsPerPage, WordKind.Visible, nameAt: w => $"zero page.{w}");
        AnonState = layout.Add("anon_state", AnonPages, WordKind.Private);
        AnonHint = layout.Add("anon_hint", 1, WordKind.Private);
        WritingAt = layout.Add("writing_at", files, WordKind.Private);
        FirstRegister = PrefixSums.Of(program.Threads.Select(t => t.Registers.Count));
        Registers = layout.Add("register", FirstRegister[threads], WordKind.Private);
        Sigbus = layout.Add("sigbus", threads, WordKind.Private);
        FaultCounts = layout.Add("faults", threads, WordKind.Private);
        Warned = layout.Add("warned", 1, WordKind.Private);
        Bugs = layout.Add("bugs", 1, WordKind.Private);
        Marks = layout.Add("marks", 1, WordKind.Private);
    }

    private static int AddPerFile(
        Layout layout, int files, WordNames of, string name, bool neverWritten, bool spinning = false) =>
        layout.AddLock(name, name, spinning, files, neverWritten, of.File(name));

    // One range per file or mapping, so that its words are guarded by its own lock.
    private static int AddPaged(
        Layout layout, string what, IEnumerable<(string Name, int Pages)> objects, WordKind kind, int firstGuard, Func<int, string> format)
    {
        int first = layout.WordCount, guard = firstGuard;
        foreach ((string name, int pages) in objects)
        {
            layout.Add($"{what} {name}", pages, kind, guard++, format, page => $"{what} {name}[{page}]");
        }

        return first;
    }

    /// <summary>Names of words as users know their objects: <c>entry_lock f[0]</c>, <c>ptl A</c>, <c>tlb P1 A[0]</c>, <c>block 0.1</c>.</summary>
    private sealed class WordNames(UserProgram program, MachineLayout places)
    {
        public Func<int, string> File(string what) => file => $"{what} {program.Files[file].Name}";

        public Func<int, string> Map(string what) => map => $"{what} {program.Maps[map].Name}";

        public Func<int, string> FilePage(string what) => page =>
        {
            int file = Array.FindLastIndex(places.FirstFilePage, program.Files.Count - 1, first => first <= page);
            return $"{what} {program.Files[file].Name}[{page - places.FirstFilePage[file]}]";
        };

        public Func<int, string> PageWord(string what) => word =>
            program.WordsPerPage == 1 ? $"{what} {word}" : $"{what} {word / program.WordsPerPage}.{word % program.WordsPerPage}";

        public string TlbEntry(int place)
        {
            int thread = place / places.MappedPages, page = place % places.MappedPages;
            int map = Array.FindLastIndex(places.FirstMappedPage, program.Maps.Count - 1, first => first <= page);
            return $"tlb {program.Threads[thread].Name} {program.Maps[map].Name}[{page - places.FirstMappedPage[map]}]";
        }
    }
}
