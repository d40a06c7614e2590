using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Pmem;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.User;

/// <summary>A user thread: executes its instructions one after another, faulting and calling the kernel as they need.</summary>
internal static class UserThread
{
    /// <summary>The value of a thread's signal word after SIGBUS.</summary>
    public const int Sigbus = 1;

    /// <summary>The same after SIGSEGV.</summary>
    public const int Sigsegv = 2;

    private const int MaxFaultCount = 7; // counted up to here; a thread that spins must not make endless states

    // Asked for anew each time and never kept in a frame: so threads with equal programs have equal frames.
    private static int Me => Execution.Current.Me;

    /// <summary>The thread's whole life. In a forked process it begins with the fork.</summary>
    [KernelName("user")]
    public static async Call Body()
    {
        if (Machine.Current.Program.Processes[Machine.Current.Program.Threads[Me].Process].Parent >= 0)
        {
            await new WaitQueue(Machine.Current.Places.ForkWaiters + Me).Sleep();
        }

        for (int pc = 0; pc < Machine.Current.Code[Me].Length; pc++)
        {
            switch (InstructionAt(pc).Opcode)
            {
                case Opcode.Load:
                case Opcode.Store:
                case Opcode.Clwb:
                    await LoadOrStore(pc);
                    break;
                case Opcode.Crash:
                    await PowerFailure.Strike();
                    break;
                case Opcode.Sfence:
                    CacheLines.Fence();
                    break;
                default:
                    await SystemCall(pc);
                    break;
            }
        }
    }

    /// <summary>The instruction at a place of the running thread's code.</summary>
    public static Instruction InstructionAt(int pc) => Machine.Current.Code[Me][pc];

    /// <summary>A register of the running thread.</summary>
    public static Word<int> Register(int register) =>
        new(Machine.Current.Places.Registers + Machine.Current.Places.FirstRegister[Me] + register);

    /// <summary>What an instruction stores: a constant, or a register.</summary>
    public static int Operand(Instruction i) => i.Register < 0 ? i.Value : Register(i.Register).Raw;

    /// <summary>Executes a system call.</summary>
    public static Call SystemCall(int pc)
    {
        Instruction i = InstructionAt(pc);
        return i.Opcode switch
        {
            Opcode.Read => ReadWrite.KsysRead(pc),
            Opcode.Write => ReadWrite.KsysWrite(pc),
            Opcode.DontNeed => Madvise.DoMadvise(new Vma(i.Object), i.Page),
            Opcode.HwPoison or Opcode.DirectRead => MayBeSignalled(pc),
            Opcode.Fsync or Opcode.Fdatasync => Fsync.DoFsync(new Inode(i.Object)),
            Opcode.Msync => Fsync.DoMsync(new Vma(i.Object)),
            Opcode.Truncate => FilesystemOps.SetSize(new Inode(i.Object), i.Value),
            Opcode.Fallocate => FilesystemOps.Fallocate(pc),
            Opcode.Munmap => Mmap.DoMunmap(new Vma(i.Object)),
            Opcode.Mprotect => Mmap.DoMprotect(new Vma(i.Object), i.Value != 0),
            Opcode.Fork => Mmap.DupMmap(i.Value),
            Opcode.Reflink => FilesystemOps.Reflink(pc),
            Opcode.DropCaches => DropCaches(),
            _ => throw new ModelException($"no such instruction: {i.Opcode}"),
        };
    }

    /// <summary>fs/drop_caches.c drop_pagecache_sb(): all files.</summary>
    private static async Call DropCaches()
    {
        for (int file = 0; file < Machine.Current.Program.Files.Count; file++)
        {
            await Truncate.InvalidateMappingPages(new Inode(file));
        }
    }

    // A system call that faults in a page of its caller's: an error there is -EFAULT, which is kept as the signal that an access would get.
    [KernelName("syscall")]
    private static async Call MayBeSignalled(int pc)
    {
        Instruction i = InstructionAt(pc);
        VmFault fault = i.Opcode == Opcode.DirectRead
            ? await Gup.DirectRead(pc)
            : await MemoryFailure.MadviseInjectError(new Vma(i.Object), i.Page);
        if ((fault & VmFault.Oom) != 0)
        {
            Sites.Reach(Mark.FaultinPageOutOfMemory); // -ENOMEM from the system call
        }
        else if ((fault & VmFault.Error) != 0)
        {
            Signal(fault);
        }
    }

    // The instruction is executed again after each fault, until it succeeds or the thread gets a signal.
    [KernelName("user_access")]
    private static async Call LoadOrStore(int pc)
    {
        for (;;)
        {
            AccessResult access = await Attempt(pc);
            if (!access.IsFault)
            {
                Retire(InstructionAt(pc), access.Value);
                return;
            }

            CountFault();
            Instruction i = InstructionAt(pc);
            await Tracepoints.PageFaultUser(new Vma(i.Object), i.Page, i.Opcode == Opcode.Store, PageTable.WalkRaw(new Vma(i.Object), i.Page).IsPresent);
            i = InstructionAt(pc);
            VmFault fault = await Fault.DoUserAddrFault(new Vma(i.Object), i.Page, i.Opcode == Opcode.Store);
            if ((fault & VmFault.Oom) != 0)
            {
                Sites.Reach(Mark.PagefaultOutOfMemory); // mm/oom_kill.c: says that it takes the fault again, and does
            }
            else if ((fault & VmFault.Error) != 0)
            {
                Signal(fault);
                return;
            }
        }
    }

    private static Call<AccessResult> Attempt(int pc)
    {
        Instruction i = InstructionAt(pc);
        bool keep = Machine.Current.Footprint.IsUsedAgain(Me, pc);
        return i.Opcode switch
        {
            Opcode.Load => Mmu.Load(new Vma(i.Object), i.Page, i.Word, keep),
            Opcode.Clwb => Mmu.WriteBack(new Vma(i.Object), i.Page, i.Word, keep),
            _ => Mmu.Store(new Vma(i.Object), i.Page, i.Word, Operand(i), keep),
        };
    }

    private static void Retire(Instruction i, int value)
    {
        if (i.Opcode == Opcode.Load)
        {
            Register(i.Register).Raw = value;
            Execution.Current.Recorder?.Note($"{Machine.Current.Program.Threads[Me].Registers[i.Register]} = {value}");
        }
        else if (i.Opcode == Opcode.Store)
        {
            Execution.Current.Recorder?.Note($"stored {Operand(i)}");
        }
    }

    private static void Signal(VmFault fault)
    {
        bool bus = (fault & VmFault.Sigbus) != 0;
        Execution.Current.Word(Machine.Current.Places.Signals + Me) |= bus ? Sigbus : Sigsegv;
        Execution.Current.Recorder?.Note($"{(bus ? "SIGBUS" : "SIGSEGV")}: the instruction is given up");
    }

    private static void CountFault()
    {
        Machine machine = Machine.Current;
        if (machine.Costs is { } costs)
        {
            costs.Faults++;
        }

        if (machine.Observe.FaultCounts)
        {
            ref int count = ref Execution.Current.Word(machine.Places.FaultCounts + Me);
            count = Math.Min(count + 1, MaxFaultCount);
        }
    }
}
