namespace Faultline.Engine.Tests.Programs;

/// <summary>A program in which every pair of values that two words have at once is told as a violation: none may be missed.</summary>
public sealed class Watched(SmallProgram program) : ProgramModel(program)
{
    public override IReadOnlyList<IReadOnlyList<int>> CheckedTogether => [[0, 1], [2]];

    public override void CheckState(Execution execution)
    {
        execution.Raise(ViolationKind.Invariant, $"{execution.Read(0)} {execution.Read(1)}");
        execution.Raise(ViolationKind.Warn, $"{execution.Read(2)}");
    }
}
