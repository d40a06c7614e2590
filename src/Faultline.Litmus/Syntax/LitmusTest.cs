using System.Security.Cryptography;
using System.Text;
using Faultline.Kernel.Programs;
using Faultline.Litmus.Conditions;

namespace Faultline.Litmus.Syntax;

/// <summary>A <c>Key=Value</c> line of the header.</summary>
/// <param name="Key">Key.</param>
/// <param name="Value">Value: the rest of the line.</param>
/// <param name="Position">Where the key starts.</param>
public sealed record InfoLine(string Key, string Value, SourcePosition Position);

/// <summary>Equal pages side by side: <c>block 1,2 * 3</c>.</summary>
/// <param name="Count">How many.</param>
/// <param name="Page">The page.</param>
public sealed record PageRun(int Count, FilePage Page);

/// <summary><c>file f = [hole * 4, block 1, unwritten];</c>.</summary>
/// <param name="Name">Name.</param>
/// <param name="Runs">Its pages.</param>
/// <param name="PageCount">How many pages that is.</param>
/// <param name="Position">Where the name stands.</param>
public sealed record FileDeclaration(string Name, IReadOnlyList<PageRun> Runs, int PageCount, SourcePosition Position);

/// <summary><c>map A = mmap(f, private, rw);</c>.</summary>
/// <param name="Name">Name.</param>
/// <param name="File">Index of the file.</param>
/// <param name="IsShared">MAP_SHARED when true, else MAP_PRIVATE.</param>
/// <param name="IsWritable">PROT_READ|PROT_WRITE when true, else PROT_READ.</param>
/// <param name="Position">Where the name stands.</param>
public sealed record MapDeclaration(string Name, int File, bool IsShared, bool IsWritable, SourcePosition Position)
{
    /// <summary>The first page of the file that it maps. Its pages are numbered as the file's.</summary>
    public int FirstPage { get; init; }

    /// <summary>How many pages it maps; 0: all from the first on.</summary>
    public int MappedPages { get; init; }

    /// <summary>MAP_SYNC.</summary>
    public bool IsSync { get; init; }

    /// <summary>How its addresses lie to the offsets of the file.</summary>
    public Alignment Alignment { get; init; }

    /// <summary>Name of the process that has it.</summary>
    public string Process { get; init; } = Vocabulary.Main;
}

/// <summary><c>process Q = P1, P2;</c>.</summary>
/// <param name="Name">Name.</param>
/// <param name="Threads">Indices of its threads.</param>
/// <param name="Position">Where the name stands.</param>
public sealed record ProcessDeclaration(string Name, IReadOnlyList<int> Threads, SourcePosition Position);

/// <summary>A column of the program.</summary>
/// <param name="Name">P0, P1, ...</param>
/// <param name="Body">Its statements.</param>
/// <param name="Registers">Numbers of the registers that it uses, rising.</param>
/// <param name="Position">Where the name stands.</param>
public sealed record ThreadDeclaration(string Name, IReadOnlyList<Statement> Body, IReadOnlyList<int> Registers, SourcePosition Position);

/// <summary>A litmus test that parsed without error: every name in it is defined, every index in range.</summary>
/// <param name="Path">Path of the file.</param>
/// <param name="Name">Name of the test.</param>
/// <param name="Title">The quoted title, or empty.</param>
/// <param name="Info">The <c>Key=Value</c> lines.</param>
/// <param name="Files">Files.</param>
/// <param name="Maps">Mappings.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Locations">What <c>locations [...]</c> asks to observe besides the condition.</param>
/// <param name="Condition">The condition.</param>
public sealed record LitmusTest(
    string Path,
    string Name,
    string Title,
    IReadOnlyList<InfoLine> Info,
    IReadOnlyList<FileDeclaration> Files,
    IReadOnlyList<MapDeclaration> Maps,
    IReadOnlyList<ThreadDeclaration> Threads,
    IReadOnlyList<Observable> Locations,
    Condition Condition)
{
    /// <summary>Base pages of a huge page at real geometry.</summary>
    public const int RealHugePage = 512;

    /// <summary>Processes besides the main one and those that fork(2) makes.</summary>
    public IReadOnlyList<ProcessDeclaration> Processes { get; init; } = [];

    /// <summary>The filesystem is mounted read-only.</summary>
    public bool IsMountedReadOnly { get; init; }

    /// <summary>Base pages of a huge page: more in a test with <c>Geometry=real</c>.</summary>
    public int HugePagePages => HugePagePagesOf(Info);

    /// <summary>All statements of all threads in the order of the text of each, those in loops once, behind their loop.</summary>
    public IEnumerable<Statement> Statements => Threads.SelectMany(t => Statement.Flatten(t.Body));

    /// <summary>What a state line shows: all that the condition and <see cref="Locations"/> name.</summary>
    public IReadOnlyList<Observable> Observables => [.. Condition.Observables.Concat(Locations).Distinct().Order(Observable.StateOrder)];

    /// <summary>
    /// 128 bits, in hexadecimal, over initial state, program and observed locations. As herd's, it does not see names, comments,
    /// layout or how the condition joins its atoms: states of tests with equal hashes may be compared.
    /// </summary>
    public string Hash
    {
        get
        {
            string text = LitmusPrinter.PrintBody(this) + string.Join("; ", Observables);
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
        }
    }

    internal static int HugePagePagesOf(IEnumerable<InfoLine> info) =>
        info.Any(i => i is { Key: "Geometry", Value: "real" }) ? RealHugePage : UserProgram.SmallHugePage;
}
