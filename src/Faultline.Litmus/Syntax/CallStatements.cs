using Faultline.Kernel.Programs;

namespace Faultline.Litmus.Syntax;

/// <summary><c>read_direct(A[page].word, 5)</c>, or into each word of a page: <c>read_direct(A[page], 5)</c>.</summary>
/// <param name="Target">The word or page of a mapping that the device writes.</param>
/// <param name="Value">What it writes.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record DirectReadStatement(Place Target, int Value, SourcePosition Position) : Statement(Position);

/// <summary><c>fsync(f)</c>, <c>fdatasync(f)</c>.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="IsDataOnly">fdatasync(2).</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record FsyncStatement(int File, bool IsDataOnly, SourcePosition Position) : Statement(Position);

/// <summary><c>ftruncate(f, 2)</c>.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="Size">Its new size in pages.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record TruncateStatement(int File, int Size, SourcePosition Position) : Statement(Position);

/// <summary><c>fallocate(f[0..3])</c>, <c>fallocate(f[0], PUNCH_HOLE)</c>.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="Pages">The range.</param>
/// <param name="Mode">What becomes of it.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record FallocateStatement(int File, PageRange Pages, FallocateMode Mode, SourcePosition Position) : Statement(Position);

/// <summary><c>reflink(f[0..3], g[0..3])</c>.</summary>
/// <param name="Source">Index of the file whose blocks are shared.</param>
/// <param name="SourcePages">Which of its pages.</param>
/// <param name="Target">Index of the file that gets them.</param>
/// <param name="TargetPages">In which of its pages; as many.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record ReflinkStatement(int Source, PageRange SourcePages, int Target, PageRange TargetPages, SourcePosition Position)
    : Statement(Position);

/// <summary><c>msync(A)</c>.</summary>
/// <param name="Map">Index of the mapping.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record MsyncStatement(int Map, SourcePosition Position) : Statement(Position);

/// <summary><c>madvise(A[page], HWPOISON)</c>.</summary>
/// <param name="Map">Index of the mapping.</param>
/// <param name="Page">The page.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record HwPoisonStatement(int Map, PageIndex Page, SourcePosition Position) : Statement(Position);

/// <summary><c>munmap(A)</c>.</summary>
/// <param name="Map">Index of the mapping.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record MunmapStatement(int Map, SourcePosition Position) : Statement(Position);

/// <summary><c>mprotect(A, r)</c>, <c>mprotect(A, rw)</c>.</summary>
/// <param name="Map">Index of the mapping.</param>
/// <param name="IsWritable">PROT_READ|PROT_WRITE when true, else PROT_READ.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record MprotectStatement(int Map, bool IsWritable, SourcePosition Position) : Statement(Position);

/// <summary><c>fork(P1)</c>.</summary>
/// <param name="Thread">Index of the thread that starts in a copy of the process.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record ForkStatement(int Thread, SourcePosition Position) : Statement(Position);

/// <summary><c>drop_caches</c>.</summary>
/// <param name="Position">Where it starts in the text.</param>
public sealed record DropCachesStatement(SourcePosition Position) : Statement(Position);

/// <summary><c>clwb(A[page].word)</c>.</summary>
/// <param name="Target">The word whose cache line is written back.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record ClwbStatement(Place Target, SourcePosition Position) : Statement(Position);

/// <summary><c>sfence</c>.</summary>
/// <param name="Position">Where it starts in the text.</param>
public sealed record SfenceStatement(SourcePosition Position) : Statement(Position);

/// <summary><c>crash</c>, the last statement of its thread.</summary>
/// <param name="Position">Where it starts in the text.</param>
public sealed record CrashStatement(SourcePosition Position) : Statement(Position);
