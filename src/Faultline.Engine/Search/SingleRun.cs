namespace Faultline.Engine.Search;

/// <summary>Runs a model of one thread from start to end, without scheduling points and without a search.</summary>
public static unsafe class SingleRun
{
    /// <summary>Runs it.</summary>
    /// <param name="model">A model of one thread.</param>
    /// <param name="atEnd">Is given the end state.</param>
    /// <returns>What went wrong on the way.</returns>
    /// <exception cref="ModelException">The thread has to wait for a lock, which nobody can release.</exception>
    public static IReadOnlyList<Violation> Run(Model model, Action<Execution>? atEnd = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(model.Threads, 1);
        using var execution = new Execution(model) { RunsAlone = true };
        execution.Initialise();
        if (!execution.IsDone && !execution.AnyHalted(execution.Vector))
        {
            throw new ModelException("the only thread has to wait");
        }

        atEnd?.Invoke(execution);
        return [.. Enumerable.Range(0, execution.Raised.Count).Select(i => execution.Raised[i])];
    }
}
