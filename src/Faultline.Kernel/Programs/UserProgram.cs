namespace Faultline.Kernel.Programs;

/// <summary>What a user-space instruction does.</summary>
public enum Opcode : byte
{
    /// <summary>Load one word through a mapping into a register.</summary>
    Load,

    /// <summary>Store one word through a mapping.</summary>
    Store,

    /// <summary>read(2): one word, or a whole page word by word, into consecutive registers.</summary>
    Read,

    /// <summary>write(2): one word, or a whole page word by word.</summary>
    Write,

    /// <summary>madvise(MADV_DONTNEED) on one page of a mapping, or on the whole mapping.</summary>
    DontNeed,
}

/// <summary>
/// One instruction of one user thread. <see cref="Object"/> is a mapping index for <see cref="Opcode.Load"/>,
/// <see cref="Opcode.Store"/> and <see cref="Opcode.DontNeed"/>, a file index for <see cref="Opcode.Read"/> and <see cref="Opcode.Write"/>.
/// </summary>
/// <param name="Opcode">What to do.</param>
/// <param name="Object">Index of the mapping or file.</param>
/// <param name="Page">Page of the mapping or file, in base pages; -1: all pages (DontNeed only).</param>
/// <param name="Word">Word within the page; -1: the whole page (Read and Write only).</param>
/// <param name="Register">Destination register (Load, Read), or source register (Store, Write) when not -1.</param>
/// <param name="Value">The value to store or write when <paramref name="Register"/> is -1.</param>
/// <param name="RegisterCount">For a whole-page Read: how many words land in registers, from <paramref name="Register"/> on.</param>
/// <param name="Line">1-based line of the instruction in the litmus file, for reports.</param>
public readonly record struct Instruction(
    Opcode Opcode, int Object, int Page, int Word, int Register, int Value, int RegisterCount, int Line);

/// <summary>How the storage behind one page of a file starts out.</summary>
public enum PageBacking : byte
{
    /// <summary>No block; reads as zeroes.</summary>
    Hole,

    /// <summary>A block allocated by fallocate() but never written; reads as zeroes.</summary>
    Unwritten,

    /// <summary>A block with contents.</summary>
    Block,
}

/// <summary>One page of a file in the initial state.</summary>
/// <param name="Backing">Hole, unwritten or block.</param>
/// <param name="Words">Contents, one value a word; shorter than a page: the last value (or 0) fills the rest.</param>
public sealed record FilePage(PageBacking Backing, IReadOnlyList<int> Words);

/// <summary>A file and its initial pages.</summary>
/// <param name="Name">Its name in the litmus test.</param>
/// <param name="Pages">Its pages from offset 0; their number is the size of the file.</param>
public sealed record FileSpec(string Name, IReadOnlyList<FilePage> Pages);

/// <summary>A mapping of a whole file from offset 0.</summary>
/// <param name="Name">Its name in the litmus test.</param>
/// <param name="File">Index of the file.</param>
/// <param name="Shared">MAP_SHARED when true, else MAP_PRIVATE.</param>
/// <param name="Writable">PROT_READ|PROT_WRITE when true, else PROT_READ.</param>
public sealed record MapSpec(string Name, int File, bool Shared, bool Writable);

/// <summary>One user thread: its instructions, loops unrolled, and the names of its registers.</summary>
/// <param name="Name">P0, P1, ...</param>
/// <param name="Code">Instructions in program order.</param>
/// <param name="Registers">Register names, indexed by <see cref="Instruction.Register"/>.</param>
public sealed record ThreadSpec(string Name, IReadOnlyList<Instruction> Code, IReadOnlyList<string> Registers);

/// <summary>
/// A user program in the model's own terms: what the litmus language compiles to. All threads share one address space.
/// </summary>
/// <param name="Name">Name of the test.</param>
/// <param name="Files">Files.</param>
/// <param name="Maps">Mappings, made before any thread starts.</param>
/// <param name="Threads">Threads.</param>
/// <param name="WordsPerPage">Words of a page that the search keeps (1 or 2 in small geometry).</param>
public sealed record UserProgram(
    string Name, IReadOnlyList<FileSpec> Files, IReadOnlyList<MapSpec> Maps, IReadOnlyList<ThreadSpec> Threads, int WordsPerPage);
