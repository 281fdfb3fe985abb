package runner_test

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// exits are the functions of package ginkgo that end the process, or have another do so, with why that does not happen
// to conformance run, where 1 would mean that the target broke its contract.
var exits = map[string]string{
	"init":                      "at the start of the process: Ginkgo's flags have names that no other flag has",
	"exitIfErr":                 "what the others call",
	"exitIfErrors":              "what the others call",
	"extractSuiteConfiguration": "it is given the two types it knows, and what it vets endsProcess has vetted",
	"pushNode": "nodes are made in describe only, of kinds and with decorators that Ginkgo takes: see " +
		"causes",
	"RunSpecs": "ran keeps it from a second time; one process needs no host; endsProcess has found the working " +
		"directory; no node is focused",
	"Describe": "pushNode",
	"It":       "pushNode",
}

// causes are Ginkgo's errors, by why none of them ends conformance run.
var causes = map[string]string{
	"endsProcess finds it first, and the run goes on without Ginkgo": `InvalidParallelTotalConfiguration
		InvalidParallelProcessConfiguration MissingParallelHostConfiguration DryRunInParallelConfiguration
		GracePeriodCannotBeZero InvalidSleepOnFailureConfiguration SleepOnFailureInParallelConfiguration
		ConflictingVerbosityConfiguration InvalidOutputInterceptorModeConfiguration InvalidGoFlagCount
		InvalidGoFlagParallel`,
	"ran keeps RunSpecs from a second time": `RerunningSuite`,
	"ParseLabels returns it; Ginkgo itself is given no filter": `SyntaxErrorParsingLabelFilter InvalidFileFilter
		InvalidFileFilterRegularExpression`,
	"label replaces what Ginkgo refuses": `InvalidLabel InvalidEmptyLabel`,
	"every node has a text, labels, a place and one function; nothing else": `InvalidDecoratorForNodeType
		InvalidDeclarationOfFocusedAndPending InvalidDeclarationOfFlakeAttemptsAndMustPassRepeatedly UnknownDecorator
		InvalidBodyTypeForContainer InvalidBodyType MultipleBodyFunctions MissingBodyFunction
		InvalidTimeoutOrGracePeriodForNonContextNode InvalidSemVerConstraint InvalidEmptySemVerConstraint
		InvalidEmptyComponentForSemVerConstraint`,
	"no container is ordered": `InvalidSerialNodeInNonSerialOrderedContainer SetupNodeNotInOrderedContainer
		InvalidContinueOnFailureDecoration`,
	"there are containers and specs, and no other nodes": `SuiteNodeInNestedContext SuiteNodeDuringRunPhase
		MultipleBeforeSuiteNodes MultipleAfterSuiteNodes InvalidBodyTypeForSynchronizedBeforeSuiteProc1
		InvalidBodyTypeForSynchronizedBeforeSuiteAllProcs SynchronizedBeforeSuiteFailedOnProc1
		SynchronizedBeforeSuiteDisappearedOnProc1 InvalidTimeoutOrGracePeriodForNonContextCleanupNode
		DeferCleanupInvalidFunction PushingCleanupNodeDuringTreeConstruction PushingCleanupInReportingNode
		PushingCleanupInCleanupNode PushingCleanupInOnFailureNode DeferOnFailureInvalidFunction
		PushingOnFailureNodeDuringTreeConstruction PushingOnFailureNodeInInvalidNode
		PushingOnFailureNodeInSynchronizedBeforeSuiteProc1 ByNotDuringRunPhase`,
	"there are no tables": `MultipleEntryBodyFunctionsForTable InvalidEntryDescription
		MissingParametersForTableFunction IncorrectParameterTypeForTable TooFewParametersToTableFunction
		TooManyParametersToTableFunction IncorrectParameterTypeToTableFunction
		IncorrectVariadicParameterTypeToTableFunction ContextsCannotBeUsedInSubtreeTables`,
	"only describe makes nodes, and RunSpecs comes after it":            `PushingNodeInRunPhase`,
	"containers only make specs, of what the plan has computed already": `CaughtPanicDuringABuildPhase`,
	"it fails the spec, and ends nothing": `UncaughtGinkgoPanic TooManyReportEntryValues
		AddReportEntryNotDuringRunPhase`,
	"there is one process":                     `UnreachableParallelHost AggregatedReportUnavailableDueToNodeDisappearing`,
	"RunSpecs is given the two types it knows": `UnknownTypePassedToRunSpecs`,
	"an error of the ginkgo command": `BothRepeatAndUntilItFails ExpectFilenameNotPath FlagAfterPositionalParameter
		FailedToParseStackTrace`,
}

// TestGinkgoExits compares the two lists with Ginkgo's source, so that a new version cannot bring a new way out.
func TestGinkgoExits(t *testing.T) {
	pkg, err := build.Import("github.com/onsi/ginkgo/v2", ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	files := func(glob string) []*ast.File {
		names, err := filepath.Glob(glob)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", glob, len(names), err)
		}
		var out []*ast.File
		for _, name := range names {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if file.Name.Name != "ginkgo_test" {
				out = append(out, file)
			}
		}
		return out
	}
	called := map[string]bool{} // by us, of Ginkgo
	for _, file := range files("ginkgo.go") {
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && isName(s.X, "ginkgo") {
				called[s.Sel.Name] = true
			}
			return true
		})
	}
	found := map[string]bool{}
	for _, file := range files(filepath.Join(pkg.Dir, "*.go")) {
		for name, function := range functions(file, "") {
			internal := !ast.IsExported(name) && name != "generateTable" &&
				name != "registerReportAfterSuiteNodeForAutogeneratedReports" // for tables, and for Ginkgo's report files
			if (internal || called[name]) && leaves(function) {
				found[name] = true
			}
		}
	}
	if got, want := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(exits)); !slices.Equal(got, want) {
		t.Errorf("functions that end the process:\n%q, listed are\n%q", got, want)
	}

	var got, want []string
	for _, file := range files(filepath.Join(pkg.Dir, "types", "errors.go")) {
		got = slices.AppendSeq(got, maps.Keys(functions(file, "ginkgoErrors")))
	}
	for _, names := range causes {
		want = append(want, strings.Fields(names)...)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		for _, name := range append(slices.Clone(got), want...) {
			if !slices.Contains(got, name) || !slices.Contains(want, name) {
				t.Errorf("%s is not in both: Ginkgo's errors, and the list", name)
			}
		}
	}
}

// functions are those of a file with that receiver.
func functions(file *ast.File, receiver string) map[string]*ast.FuncDecl {
	out := map[string]*ast.FuncDecl{}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if receiver == "" && f.Recv == nil || f.Recv != nil && isName(f.Recv.List[0].Type, receiver) {
			out[f.Name.Name] = f
		}
	}
	return out
}

// leaves says whether a function ends the process, or calls or hands on what does.
func leaves(f *ast.FuncDecl) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			found = found || isName(n.X, "os") && n.Sel.Name == "Exit"
		case *ast.Ident:
			found = found || slices.Contains([]string{"exitIfErr", "exitIfErrors", "pushNode"}, n.Name)
		}
		return true
	})
	return found
}

func isName(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}
