using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.User;

/// <summary>A thread that follows a real trace: whoever drives the execution chooses what it does next (<see cref="Machine.Menu"/>).</summary>
internal static class TracedThread
{
    /// <summary>The thread's whole life: it never ends.</summary>
    [KernelName("user")]
    public static async Call Body()
    {
        for (;;)
        {
            await Do(await new AccessStep(0, Machine.Current.Menu!.Count));
        }
    }

    private static Call Do(int pc) => Machine.Current.Menu![pc] switch
    {
        TraceOp.Trap => Trap(pc),
        TraceOp.TrapUnderMmapLock => TrapUnderMmapLock(pc),
        TraceOp.Commit => Journal.Commit(new Inode(0)),
        TraceOp.Remap => Remap(new Vma(UserThread.InstructionAt(pc).Object)),
        TraceOp.AllocateTable => PageTable.PteAlloc(new Vma(UserThread.InstructionAt(pc).Object), 0),
        TraceOp.WriteBack => Fsync.VfsFsyncRange(new Inode(0), UserThread.InstructionAt(pc).Page, 1, promises: false),
        TraceOp.Evict => Evict(new Inode(0)),
        _ => UserThread.SystemCall(pc),
    };

    // The instruction is not executed: what matters is that the MMU refused it. A store may also trap on a stale read-only translation.
    [KernelName("user_access")]
    private static async Call Trap(int pc)
    {
        Instruction i = UserThread.InstructionAt(pc);
        bool present = PageTable.WalkRaw(new Vma(i.Object), i.Page).IsPresent;
        if (present && i.Opcode == Opcode.Load)
        {
            Execution.Current.Prune();
        }

        await Tracepoints.PageFaultUser(new Vma(i.Object), i.Page, i.Opcode == Opcode.Store, present);
        i = UserThread.InstructionAt(pc);
        await Fault.DoUserAddrFault(new Vma(i.Object), i.Page, i.Opcode == Opcode.Store);
    }

    [KernelName("user_access")]
    private static async Call TrapUnderMmapLock(int pc)
    {
        Instruction i = UserThread.InstructionAt(pc);
        bool present = PageTable.WalkRaw(new Vma(i.Object), i.Page).IsPresent;
        if (present && i.Opcode == Opcode.Load)
        {
            Execution.Current.Prune();
        }

        await Tracepoints.PageFaultUser(new Vma(i.Object), i.Page, i.Opcode == Opcode.Store, present);
        i = UserThread.InstructionAt(pc);
        await new Vma(i.Object).MmapLock.DownRead();
        i = UserThread.InstructionAt(pc);
        FaultFlags flags = i.Opcode == Opcode.Store ? FaultFlags.Write : FaultFlags.None;
        await Memory.HandleMmFault(new VmFaultInfo(new Vma(i.Object), i.Page, flags, Pte.None, default));
        i = UserThread.InstructionAt(pc);
        new Vma(i.Object).MmapLock.UpRead();
    }

    private static async Call Remap(Vma vma)
    {
        await Mmap.DoMunmap(vma);
        Word<int> state = vma.State;
        state.Raw = Vma.StateOf(writable: true);
    }

    // munmap(2) of all mappings, then fs/inode.c evict(); seen from the file's entries and page tables.
    private static async Call Evict(Inode inode)
    {
        for (int map = 0; map < Machine.Current.Maps.Length; map++)
        {
            await Remap(new Vma(map));
        }

        await inode.FaultLock.DownWrite();
        await Truncate.TruncatePagecache(inode, 0);
        inode.FaultLock.UpWrite();
    }
}
