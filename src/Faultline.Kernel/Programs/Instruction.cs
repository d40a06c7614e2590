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

    /// <summary>madvise(MADV_HWPOISON) on one page of a mapping: memory_failure() of what is mapped there.</summary>
    HwPoison,

    /// <summary>fsync(2) of a file.</summary>
    Fsync,

    /// <summary>fdatasync(2) of a file.</summary>
    Fdatasync,

    /// <summary>msync(MS_SYNC) of a whole mapping.</summary>
    Msync,

    /// <summary>ftruncate(2) to <see cref="Instruction.Value"/> pages.</summary>
    Truncate,

    /// <summary>fallocate(2): <see cref="Instruction.Mode"/> on <see cref="Instruction.Pages"/> pages from <see cref="Instruction.Page"/>.</summary>
    Fallocate,

    /// <summary>munmap(2) of a whole mapping.</summary>
    Munmap,

    /// <summary>mprotect(2) of a whole mapping, to PROT_READ|PROT_WRITE when <see cref="Instruction.Value"/> is 1, to PROT_READ when 0.</summary>
    Mprotect,

    /// <summary>fork(2): starts thread <see cref="Instruction.Value"/> in a copy of this process.</summary>
    Fork,

    /// <summary>
    /// ioctl(FICLONERANGE): <see cref="Instruction.Pages"/> pages of file <see cref="Instruction.Object"/> from
    /// <see cref="Instruction.Page"/> become shared with <see cref="Instruction.Target"/> from <see cref="Instruction.TargetPage"/>.
    /// </summary>
    Reflink,

    /// <summary>/proc/sys/vm/drop_caches.</summary>
    DropCaches,

    /// <summary>
    /// An O_DIRECT read(2) from a file on another device into a mapping: the device writes a value into one word, or every word, of a page.
    /// </summary>
    DirectRead,

    /// <summary>clwb of one word of a mapping: its cache line is on its way to persistent memory.</summary>
    Clwb,

    /// <summary>sfence: what this CPU has written back is persistent.</summary>
    Sfence,

    /// <summary>Power fails here: nothing runs any more, and what is not persistent may or may not be lost.</summary>
    Crash,
}

/// <summary>What fallocate(2) does with a range.</summary>
public enum FallocateMode : byte
{
    /// <summary>0: unwritten blocks for holes; the file grows when the range passes its end.</summary>
    Allocate,

    /// <summary>FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE.</summary>
    PunchHole,

    /// <summary>FALLOC_FL_ZERO_RANGE.</summary>
    ZeroRange,

    /// <summary>FALLOC_FL_COLLAPSE_RANGE: what follows moves down, the file shrinks.</summary>
    CollapseRange,

    /// <summary>FALLOC_FL_INSERT_RANGE: what is there moves up, the file grows.</summary>
    InsertRange,
}

/// <summary>
/// One instruction of one user thread. <see cref="Object"/> is a mapping index or a file index, as the opcode needs.
/// </summary>
/// <param name="Opcode">What to do.</param>
/// <param name="Object">Index of the mapping (Load, Store, DontNeed, HwPoison, Msync, Munmap, Mprotect, DirectRead, Clwb) or file (all others).</param>
/// <param name="Page">Page of the mapping or file, in base pages; -1: all pages (DontNeed only).</param>
/// <param name="Word">Word within the page; -1: the whole page (Read, Write and DirectRead only).</param>
/// <param name="Register">Destination register (Load, Read), or source register (Store, Write) when not -1.</param>
/// <param name="Value">The value to store or write when <paramref name="Register"/> is -1; see the opcodes.</param>
/// <param name="RegisterCount">For a whole-page Read: how many words land in registers, from <paramref name="Register"/> on.</param>
/// <param name="Line">1-based line of the instruction in the litmus file, for reports.</param>
public readonly record struct Instruction(
    Opcode Opcode, int Object, int Page, int Word, int Register, int Value, int RegisterCount, int Line)
{
    /// <summary>Length of the range in pages (Fallocate, Reflink).</summary>
    public int Pages { get; init; }

    /// <summary>What fallocate(2) does.</summary>
    public FallocateMode Mode { get; init; }

    /// <summary>The file that a reflink writes to.</summary>
    public int Target { get; init; }

    /// <summary>The first page of <see cref="Target"/>.</summary>
    public int TargetPage { get; init; }
}
