namespace Faultline.Kernel.Programs;

/// <summary>How the storage behind one page of a file starts out.</summary>
public enum PageBacking : byte
{
    /// <summary>No block; reads as zeroes.</summary>
    Hole,

    /// <summary>A block allocated by fallocate() but never written; reads as zeroes.</summary>
    Unwritten,

    /// <summary>A block with contents.</summary>
    Block,

    /// <summary>Beyond the end of the file: room to grow. Only behind all other pages.</summary>
    Beyond,
}

/// <summary>One page of a file in the initial state.</summary>
/// <param name="Backing">Hole, unwritten, block, or beyond the end.</param>
/// <param name="Words">Contents, one value a word; shorter than a page: the last value (or 0) fills the rest.</param>
public sealed record FilePage(PageBacking Backing, IReadOnlyList<int> Words);

/// <summary>A file and its initial pages.</summary>
/// <param name="Name">Its name in the litmus test.</param>
/// <param name="Pages">Its pages from offset 0, those beyond its end too: as far as it can grow.</param>
public sealed record FileSpec(string Name, IReadOnlyList<FilePage> Pages)
{
    /// <summary>Its size at the start, in pages.</summary>
    public int Size => Pages.Count(p => p.Backing != PageBacking.Beyond);
}

/// <summary>How the addresses of a mapping lie to the offsets of its file.</summary>
public enum Alignment : byte
{
    /// <summary>So that no huge page fits: 4 KiB pages only.</summary>
    BasePages,

    /// <summary>Address and offset agree: huge pages of the file can be mapped huge.</summary>
    Huge,

    /// <summary>Address and offset differ by one base page, modulo the huge page ("colour").</summary>
    Misaligned,
}

/// <summary>A mapping of a file. Its pages are numbered as those of the file, also where it maps only some of them.</summary>
/// <param name="Name">Its name in the litmus test. A forked process has mappings of the same names.</param>
/// <param name="File">Index of the file.</param>
/// <param name="Shared">MAP_SHARED when true, else MAP_PRIVATE.</param>
/// <param name="Writable">PROT_READ|PROT_WRITE when true, else PROT_READ.</param>
public sealed record MapSpec(string Name, int File, bool Shared, bool Writable)
{
    /// <summary>MAP_SYNC.</summary>
    public bool Sync { get; init; }

    /// <summary>The first page of the file that it maps.</summary>
    public int FirstPage { get; init; }

    /// <summary>How many pages it maps; 0: all.</summary>
    public int PageCount { get; init; }

    /// <summary>How its addresses lie.</summary>
    public Alignment Alignment { get; init; }

    /// <summary>Index of the process that has it.</summary>
    public int Process { get; init; }

    /// <summary>In a process made by fork(2): index of the parent's mapping that this one is a copy of; -1: none.</summary>
    public int CopyOf { get; init; } = -1;
}

/// <summary>A process: an address space.</summary>
/// <param name="Name">Its name; the first one is "main".</param>
/// <param name="Parent">The process whose fork(2) makes it; -1: it is there from the start.</param>
public sealed record ProcessSpec(string Name, int Parent);

/// <summary>One user thread: its instructions, loops unrolled, and the names of its registers.</summary>
/// <param name="Name">P0, P1, ...</param>
/// <param name="Code">Instructions in program order.</param>
/// <param name="Registers">Register names, indexed by <see cref="Instruction.Register"/>.</param>
public sealed record ThreadSpec(string Name, IReadOnlyList<Instruction> Code, IReadOnlyList<string> Registers)
{
    /// <summary>Index of its process. A thread of a forked process starts with the fork.</summary>
    public int Process { get; init; }
}

/// <summary>A user program in the model's own terms: what the litmus language compiles to.</summary>
/// <param name="Name">Name of the test.</param>
/// <param name="Files">Files.</param>
/// <param name="Maps">Mappings of all processes, made before any thread starts (those of a forked process: by the fork).</param>
/// <param name="Threads">Threads.</param>
/// <param name="WordsPerPage">Words of a page that the search keeps (1 or 2 in small geometry).</param>
public sealed record UserProgram(
    string Name, IReadOnlyList<FileSpec> Files, IReadOnlyList<MapSpec> Maps, IReadOnlyList<ThreadSpec> Threads, int WordsPerPage)
{
    /// <summary>Base pages of a huge page in small geometry.</summary>
    public const int SmallHugePage = 4;

    /// <summary>Processes, parents before their children.</summary>
    public IReadOnlyList<ProcessSpec> Processes { get; init; } = [new ProcessSpec("main", -1)];

    /// <summary>Base pages of a huge page: 4 in small geometry, 512 in real.</summary>
    public int HugePagePages { get; init; } = SmallHugePage;

    /// <summary>The filesystem is mounted read-only.</summary>
    public bool MountedReadOnly { get; init; }

    /// <summary>All instructions of all threads.</summary>
    public IEnumerable<Instruction> Instructions => Threads.SelectMany(t => t.Code);
}
