namespace Faultline.Kernel.Traces;

/// <summary>What a thread that follows a real trace can do next.</summary>
public enum TraceOp : byte
{
    /// <summary>Take the fault of a load or store, once; since v6.4 under the VMA's lock where the kernel would.</summary>
    Trap,

    /// <summary>The same, but the VMA's lock could not be taken.</summary>
    TrapUnderMmapLock,

    /// <summary>Make a system call.</summary>
    SystemCall,

    /// <summary>The journal commits by itself.</summary>
    Commit,

    /// <summary>A mapping goes, and another like it comes.</summary>
    Remap,

    /// <summary>A neighbour in the same 2 MiB of addresses has a page table allocated.</summary>
    AllocateTable,

    /// <summary>One page is written back: its DIRTY entry is cleaned.</summary>
    WriteBack,

    /// <summary>The file's mappings go, and then the inode from memory, with its mapping entries.</summary>
    Evict,
}
