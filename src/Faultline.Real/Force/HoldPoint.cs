namespace Faultline.Real.Force;

/// <summary>Where in the kernel a thread is held.</summary>
/// <param name="Function">A function of the kernel.</param>
/// <param name="AtReturn">When it returns to its caller; else when it is entered.</param>
/// <param name="Occurrence">Which call of it since the thread was let go, from 1; 0: the thread is held there already.</param>
/// <param name="IsExact">It lies between the step that the model did last and the one that must wait.</param>
/// <param name="Offset">Bytes behind its beginning, when it is held within it.</param>
public sealed record HoldPoint(string Function, bool AtReturn, int Occurrence, bool IsExact, ulong Offset = 0)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{(AtReturn ? "the return from " : "")}{Function}{(Offset > 0 ? $"+0x{Offset:x}" : "")}{(Occurrence > 1 ? $" (call {Occurrence})" : "")}";
}

/// <summary>How a thread's turn ends.</summary>
public enum TurnEnd
{
    /// <summary>It has done all its instructions.</summary>
    Done,

    /// <summary>It stands before an instruction.</summary>
    BeforeInstruction,

    /// <summary>It is held within the kernel.</summary>
    Held,

    /// <summary>It stays where it is held: no function begins or ends between there and where the model goes.</summary>
    Stays,

    /// <summary>It waits for another thread.</summary>
    Waits,
}

/// <summary>One thread's turn in a schedule.</summary>
/// <param name="Thread">The thread.</param>
/// <param name="Instruction">The instruction that it stands in or before at the end.</param>
/// <param name="End">How the turn ends.</param>
/// <param name="Hold">Where it is held, when it is.</param>
/// <param name="Calls">The kernel functions that it calls in this turn, in order, of those that the kernel has.</param>
/// <param name="ModelAt">Where the model stands at the end: function and step that must wait.</param>
public sealed record Turn(int Thread, int Instruction, TurnEnd End, HoldPoint? Hold, IReadOnlyList<string> Calls, string ModelAt)
{
    /// <summary>The thread is not held just where the model stands.</summary>
    public bool IsVague => End == TurnEnd.Stays || Hold is { IsExact: false };
}
