using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;

namespace Faultline.Real.Traces;

/// <summary>A file: the device and the inode number, as fs_dax events print them.</summary>
/// <param name="Device">For example <c>259:0</c>.</param>
/// <param name="Ino">Inode number.</param>
public readonly record struct TracedInode(string Device, ulong Ino)
{
    /// <inheritdoc/>
    public override string ToString() => $"dev {Device} ino 0x{Ino:x}";
}

/// <summary>One line of a capture that is an event the model knows.</summary>
public sealed record TraceRecord
{
    /// <summary>1-based line in the file.</summary>
    public required int Line { get; init; }

    /// <summary>The task's name and id, as ftrace prints it: <c>cat-1234</c>.</summary>
    public required string Task { get; init; }

    /// <summary>The task's id.</summary>
    public required int Pid { get; init; }

    /// <summary>The process's id where the capture has it (record-tgid), else -1.</summary>
    public int Tgid { get; init; } = -1;

    /// <summary>The CPU.</summary>
    public required int Cpu { get; init; }

    /// <summary>Time stamp in seconds.</summary>
    public double Time { get; init; }

    /// <summary>What happened.</summary>
    public required TraceEventKind Kind { get; init; }

    /// <summary>The file; none for page_fault_user.</summary>
    public TracedInode Inode { get; init; }

    /// <summary>VM_SHARED.</summary>
    public bool Shared { get; init; }

    /// <summary>The modelled ones of the fault's flags.</summary>
    public FaultFlags Flags { get; init; }

    /// <summary>What the function returned.</summary>
    public VmFault Result { get; init; }

    /// <summary>A result that the model never gives (HWPOISON, a number); null: none.</summary>
    public string? OtherResult { get; init; }

    /// <summary>The address that faulted, rounded down to a page.</summary>
    public ulong Address { get; init; }

    /// <summary>Page of the file; first page of a range; -1: not printed.</summary>
    public long Page { get; init; } = -1;

    /// <summary>Last page of a dax_writeback_range; of dax_writeback_one, too.</summary>
    public long LastPage { get; init; }

    /// <summary>Size of the file in pages (max_pgoff); -1: not printed.</summary>
    public long FilePages { get; init; } = -1;

    /// <summary>First address of the VMA; 0: not printed.</summary>
    public ulong VmaStart { get; init; }

    /// <summary>End of the VMA.</summary>
    public ulong VmaEnd { get; init; }

    /// <summary>radix_entry, for events that print it.</summary>
    public ulong? RadixEntry { get; init; }

    /// <summary>For page_fault_user: a PTE was present (bit 0 of error_code).</summary>
    public bool Present { get; init; }

    /// <summary>For page_fault_user: no fs_dax event followed, so the fault ended in the core of the mm.</summary>
    public bool Alone { get; init; }

    /// <summary>The event as printed, without the task.</summary>
    public required string Text { get; init; }
}
