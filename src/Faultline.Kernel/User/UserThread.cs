using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.User;

/// <summary>A user thread: executes its instructions one after another, faulting and calling the kernel as they need.</summary>
internal static class UserThread
{
    private const int MaxFaultCount = 7; // counted up to here; a thread that spins must not make endless states

    /// <summary>The thread's whole life.</summary>
    [KernelName("user")]
    public static async Call Body(int thread)
    {
        for (int pc = 0; pc < Machine.Current.Code[thread].Length; pc++)
        {
            Instruction i = InstructionAt(thread, pc);
            switch (i.Opcode)
            {
                case Opcode.Load:
                case Opcode.Store:
                    await LoadOrStore(thread, pc);
                    break;
                case Opcode.Read:
                    await ReadWrite.KsysRead(thread, pc);
                    break;
                case Opcode.Write:
                    await ReadWrite.KsysWrite(thread, pc);
                    break;
                case Opcode.DontNeed:
                    await Madvise.DoMadvise(new Vma(i.Object), i.Page);
                    break;
                default:
                    throw new ModelException($"no such instruction: {i.Opcode}");
            }
        }
    }

    /// <summary>The instruction at a place of a thread's code.</summary>
    public static Instruction InstructionAt(int thread, int pc) => Machine.Current.Code[thread][pc];

    /// <summary>A register of a thread.</summary>
    public static Word<int> Register(int thread, int register) =>
        new(Machine.Current.Places.Registers + Machine.Current.Places.FirstRegister[thread] + register);

    /// <summary>What an instruction stores: a constant, or a register.</summary>
    public static int Operand(int thread, Instruction i) => i.Register < 0 ? i.Value : Register(thread, i.Register).Raw;

    // The instruction is executed again after each fault, until it succeeds or the thread gets a signal.
    [KernelName("user_access")]
    private static async Call LoadOrStore(int thread, int pc)
    {
        for (;;)
        {
            AccessResult access = await Attempt(thread, pc);
            if (!access.IsFault)
            {
                Retire(thread, InstructionAt(thread, pc), access.Value);
                return;
            }

            CountFault(thread);
            Instruction i = InstructionAt(thread, pc);
            VmFault fault = await Fault.DoUserAddrFault(new Vma(i.Object), i.Page, i.Opcode == Opcode.Store);
            if ((fault & VmFault.Error) != 0)
            {
                Execution.Current.Word(Machine.Current.Places.Sigbus + thread) = 1;
                Execution.Current.Recorder?.Note("SIGBUS: the instruction is given up");
                return;
            }
        }
    }

    private static Call<AccessResult> Attempt(int thread, int pc)
    {
        Instruction i = InstructionAt(thread, pc);
        bool keep = Machine.Current.Footprint.IsUsedAgain(thread, pc);
        return i.Opcode == Opcode.Load
            ? Mmu.Load(new Vma(i.Object), i.Page, i.Word, keep)
            : Mmu.Store(new Vma(i.Object), i.Page, i.Word, Operand(thread, i), keep);
    }

    private static void Retire(int thread, Instruction i, int value)
    {
        if (i.Opcode == Opcode.Load)
        {
            Register(thread, i.Register).Raw = value;
            Execution.Current.Recorder?.Note($"{Machine.Current.Program.Threads[thread].Registers[i.Register]} = {value}");
        }
        else
        {
            Execution.Current.Recorder?.Note($"stored {Operand(thread, i)}");
        }
    }

    private static void CountFault(int thread)
    {
        Machine machine = Machine.Current;
        if (machine.Costs is { } costs)
        {
            costs.Faults++;
        }

        if (machine.Observe.FaultCounts)
        {
            ref int count = ref Execution.Current.Word(machine.Places.FaultCounts + thread);
            count = Math.Min(count + 1, MaxFaultCount);
        }
    }
}
